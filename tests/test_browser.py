"""Everything runs in a browser, from files alone: in Pyodide under node, and in JupyterLite in Chromium."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from autograd import Value, draw, sin

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
PATIENCE = 240_000  # milliseconds, for a machine that is busy with other things


@pytest.fixture(scope="module")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that `make site` writes."""
    pytest.importorskip("jupyterlite_pyodide_kernel", reason="JupyterLite is not installed")
    if shutil.which("npm") is None:
        pytest.skip("Pyodide comes from npm, which is not on the PATH")
    if subprocess.run(["npm", "view", "pyodide", "version"], capture_output=True, timeout=60).returncode:
        pytest.skip("Pyodide comes from npm, whose registry cannot be reached")
    folder = tmp_path_factory.mktemp("site") / "lite"
    done = subprocess.run(
        [sys.executable, "-m", "notebooks.lite", str(folder)], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_pyodide_draws_steps_trains_and_compiles_without_a_warning(lite: Path) -> None:
    code = """
import warnings; warnings.simplefilter("error")
import json, random
import autograd, nn
from autograd import Value, draw, sin, steps
x, y = Value(2.0, "x"), Value(3.0, "y")
f = sin(x**2 * y) + y
f.backward()
model = nn.MLP(2, [2, 1], rng=random.Random(0))
rows = [[0.0, 1.0], [1.0, 0.0], [1.0, 1.0], [0.0, 0.0]], [0, 1, 1, 0]
history = nn.fit(model, rows, nn.log_loss_with_logits, nn.SGD(model.parameters(), lr=1.0), epochs=20)
steps(f).save("steps.html")
print("\\n" + json.dumps({
    "gradients": [x.grad, y.grad], "svg": draw(f).svg, "page": len(open("steps.html").read()),
    "loss": history.loss[-1], "compiled": autograd.compile(lambda x: x**3).grad(2.0),
}))
"""
    done = subprocess.run(
        ["node", str(ROOT / "tests" / "pyodide.mjs"), str(lite)], input=code, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    found = json.loads(done.stdout.splitlines()[-1])
    x, y = Value(2.0, "x"), Value(3.0, "y")
    f = sin(x**2 * y) + y
    f.backward()
    assert found["gradients"] == pytest.approx([x.grad, y.grad], rel=1e-15)
    assert found["compiled"] == 12.0
    assert found["loss"] < 0.7
    assert found["page"] > 20_000
    labels = re.compile(r'aria-label="([^"]*)"|<title[^>]*>(.*?)</title>')
    assert labels.findall(found["svg"]) == labels.findall(draw(f).svg)


@pytest.fixture(scope="module")
def address(lite: Path) -> Iterator[str]:
    """Where that folder is served."""

    class Handler(SimpleHTTPRequestHandler):
        extensions_map = SimpleHTTPRequestHandler.extensions_map | {
            ".mjs": "text/javascript",
            ".wasm": "application/wasm",
        }

        def log_message(self, *what: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=lite.parent)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("name", ["03_graphical_chain_rule", "05_backpropagation"])
def test_a_notebook_runs_in_jupyterlite_from_files_alone(browser: Browser, address: str, name: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 20_000})  # all of it is on the screen
    page = context.new_page()
    outside: list[str] = []
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else outside.append(r.url))
    page.goto(f"{address}/lite/notebooks/index.html?path={name}.ipynb", timeout=PATIENCE)
    page.wait_for_selector(".jp-Notebook .jp-CodeCell", timeout=PATIENCE)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    numbers = "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(x => x.textContent)"
    page.wait_for_function(f"{numbers}.includes('[1]:') && !{numbers}.some(x => x.includes('*'))", timeout=PATIENCE)
    counts = [int(prompt[1:-2]) for prompt in page.evaluate(numbers) if prompt]  # folded solutions show none
    assert counts == sorted(set(counts))
    assert len(counts) > 10
    assert page.locator(".jp-OutputArea svg").count() >= 5
    assert page.locator('[data-mime-type*="stderr"], [data-mime-type*="error"]').count() == 0
    assert not outside
    context.close()


def test_the_page_answers_and_says_what_is_wrong_with_a_question(browser: Browser, address: str, lite: Path) -> None:
    subprocess.run([sys.executable, "-m", "notebooks.pages", str(lite.parent)], cwd=ROOT, check=True)
    page = browser.new_page()
    outside: list[str] = []
    page.on("request", lambda r: None if r.url.startswith((address, "data:", "blob:")) else outside.append(r.url))
    page.goto(f"{address}/try.html", timeout=PATIENCE)
    page.get_by_role("button", name="Differentiate").click()
    page.wait_for_selector("#try-diagram svg", timeout=PATIENCE)
    assert "∂f/∂x = 2xy·(-sin(x²y)) + 2x√z" in page.inner_text("#try-report")
    page.frame_locator("#try-live").locator("svg").first.wait_for(state="attached", timeout=PATIENCE)
    page.get_by_label("Expression").fill("log(x - 2)")
    page.get_by_role("button", name="Differentiate").click()
    page.wait_for_function("!document.querySelector('#try-diagram svg')", timeout=PATIENCE)
    assert page.inner_text("#try-report").strip() == "log is defined for x > 0, got -1.0"
    assert not outside
    page.close()
