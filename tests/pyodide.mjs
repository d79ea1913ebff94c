// Runs Python code in Pyodide with this package: node pyodide.mjs LITE < code
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const lite = process.argv[2];
try {
  const { loadPyodide } = await import(pathToFileURL(`${lite}/static/pyodide/pyodide.mjs`));
  const python = await loadPyodide({ packages: ["scalar-autograd"] });
  python.setStdout({ batched: console.log });
  python.setStderr({ batched: console.log });
  Object.assign(globalThis, { require: createRequire(import.meta.url), __filename: process.argv[1] }); // for Graphviz
  await python.runPythonAsync("import viz_js\nawait viz_js.ready()");
  await python.runPythonAsync(readFileSync(0, "utf-8"));
} catch (error) {
  console.error(error.message); // without Pyodide's own source, which is one long line
  process.exit(1);
}
