// The command line's job in the reader's browser: Pyodide runs this package, from files beside this one.

const lite = new URL("../lite/", import.meta.url);
const form = document.getElementById("try");
const [status, report, diagram, live] = ["status", "report", "diagram", "live"].map((name) =>
  document.getElementById(`try-${name}`));

const ANSWER = `
import contextlib, io
from autograd import Value, draw, steps
from autograd.__main__ import main
from autograd.expression import Expression

def answer(expression, values):
    """The report of the command line, the diagram and the live page; or what is wrong with the question."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([expression, *values.split(), "--save", "diagram.svg", "--save", "live.html"])
        except SystemExit:
            return [err.getvalue().partition("error: ")[2].partition("; see ")[0], "", ""]
    report, _, _ = out.getvalue().partition("\\ndiagram.svg")
    return [report, *(open(name, encoding="utf-8").read() for name in ("diagram.svg", "live.html"))]
`;

async function python() {
  const { loadPyodide } = await import(new URL("static/pyodide/pyodide.mjs", lite).href);
  const found = await loadPyodide({ packages: ["scalar-autograd"] });
  await found.runPythonAsync(`import viz_js\nawait viz_js.ready()${ANSWER}`);
  return found.globals.get("answer");
}

let ready;

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  status.textContent = ready ? "" : "Loading Python ...";
  try {
    ready ??= python();
    const answer = await ready;
    const { expression, values } = Object.fromEntries(new FormData(form));
    const [text, svg, page] = answer(expression, values).toJs();
    status.textContent = "";
    report.textContent = text;
    report.hidden = false;
    diagram.innerHTML = svg;
    live.hidden = !page;
    live.srcdoc = page;
  } catch (error) {
    ready = undefined;
    status.textContent = `Python could not be loaded: ${error.message}. Reload this page to try again.`;
  }
});
