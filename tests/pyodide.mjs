// Runs Python code in Pyodide with the wheels of a folder: node pyodide.mjs LITE < code
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const lite = process.argv[2];
try {
  const { loadPyodide } = await import(pathToFileURL(`${lite}/static/pyodide/pyodide.mjs`));
  const python = await loadPyodide();
  python.setStdout({ batched: console.log });
  python.setStderr({ batched: console.log });
  for (const folder of [`${lite}/pypi`, `${lite}/static/pyodide`])
    for (const name of readdirSync(folder).filter((name) => name.endsWith(".whl")))
      python.unpackArchive(new Uint8Array(readFileSync(`${folder}/${name}`)), "whl");
  Object.assign(globalThis, { require: createRequire(import.meta.url), __filename: process.argv[1] }); // for Graphviz
  await python.runPythonAsync("import viz_js\nawait viz_js.ready()");
  await python.runPythonAsync(readFileSync(0, "utf-8"));
} catch (error) {
  console.error(error.message); // without Pyodide's own source, which is one long line
  process.exit(1);
}
