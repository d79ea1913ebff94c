"""Notebooks in a real JupyterLab, driven in Chromium: what they show untrusted, run to the end, stepped by keys."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from threading import Thread, Timer
from typing import TYPE_CHECKING, Any

import pytest

import nn
from autograd import Value, cos, formula, sqrt
from tests.test_steps_player import written

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[1]
PATIENCE = 120  # seconds, for a machine that is busy with other things
SETTINGS: dict[str, dict[str, object]] = {  # JupyterLab asks the network for nothing
    "notification": {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True},
}


@pytest.fixture(scope="module")
def address(chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Where a JupyterLab serves copies of the notebooks, with configuration of its own; it is stopped in the end."""
    if find_spec("jupyterlab") is None:
        pytest.skip("JupyterLab is not installed")
    home = tmp_path_factory.mktemp("jupyterlab")
    shutil.copytree(ROOT / "notebooks", home / "notebooks", ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for name, choices in SETTINGS.items():
        file = home / "settings" / "@jupyterlab" / "apputils-extension" / f"{name}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(choices))
    environment = {
        "HOME": str(home),
        "IPYTHONDIR": str(home / "ipython"),
        "JUPYTERLAB_SETTINGS_DIR": str(home / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "PATH": os.path.dirname(sys.executable),  # where there is no other Graphviz, as in notebooks/execute.py
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--expose-app-in-browser"]
    command += ["--ip=127.0.0.1", "--port=0", "--IdentityProvider.token=opensesame"]
    command += [f"--ServerApp.root_dir={home / 'notebooks'}"]
    with subprocess.Popen(command, env=os.environ | environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        too_long = Timer(PATIENCE, server.kill)
        too_long.start()
        said: list[str] = []
        found = None
        while not found and (line := server.stderr.readline()):
            said.append(line)
            found = re.search(r"http://127\.0\.0\.1:\d+/", line)
        too_long.cancel()
        reader = Thread(target=said.extend, args=[server.stderr])  # lest it waits until somebody reads the rest
        reader.start()
        try:
            assert found, "JupyterLab did not start:\n" + "".join(said)
            yield found[0]
        finally:
            server.terminate()
            reader.join(PATIENCE)


class Opened:
    """A notebook open in JupyterLab."""

    def __init__(self, browser: Browser, address: str, name: str) -> None:
        self.page: Page = browser.new_page(viewport={"width": 1400, "height": 1200})
        self.page.set_default_timeout(PATIENCE * 1000)
        self.asked: list[str] = []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.goto(f"{address}lab/tree/{name}.ipynb?reset&token=opensesame")  # reset: nothing else is open
        self.wait_for("window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'")
        self.figure = self.page.locator("autograd-graph")
        self.svg = self.figure.locator(".pane > svg")

    def wait_for(self, condition: str) -> None:
        """Wait until something is true in the page."""
        self.page.wait_for_function(condition)

    def run_all(self) -> list[Any]:
        """Run all cells, and give them as they then are."""
        self.page.evaluate("""() => {
            window.ran = undefined;
            window.jupyterapp.commands.execute("notebook:run-all-cells").then(whole => window.ran = {whole});
        }""")
        self.wait_for("window.ran !== undefined")
        cells: list[Any] = self.page.evaluate("window.jupyterapp.shell.currentWidget.model.toJSON().cells")
        return cells

    @property
    def says(self) -> str:
        """The sentence under the player."""
        said = self.figure.locator(".says")
        return f"{said.locator('b').text_content()} {said.locator('.spoken').text_content()}"

    def step(self, key: str, until: str) -> None:
        """Press a key, and wait for the sentence under the player to begin so."""
        self.page.keyboard.press(key)
        self.wait_for(
            f"document.querySelector('autograd-graph').shadowRoot.querySelector('.says').textContent.startsWith('{until}')"
        )

    @property
    def seen(self) -> bytes:
        """The picture of the player, in pixels."""
        return self.svg.screenshot(animations="disabled")

    @property
    def look(self) -> list[list[str]]:
        """How each node and arrow of the picture is marked: as what is not reached yet, is computed now, was used."""
        marks = "svg => [...svg.querySelectorAll('g.node, g.edge')].map(part => [...part.classList].sort())"
        found: list[list[str]] = self.svg.evaluate(marks)
        return found

    def gradients(self) -> dict[str, str]:
        """The number seen as a node's gradient, by the node's name; a dash where it is not known."""
        found: dict[str, str] = self.svg.evaluate("""svg => Object.fromEntries(
            [...svg.querySelectorAll("g.node")].map((node, i) =>
                [node.querySelector("title").textContent.trim(), svg.getRootNode().host.picture.numbers[1][i].text]
            ))""")
        return found


@pytest.fixture
def opened(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[Opened]:
    notebook = Opened(browser, address, request.param)
    yield notebook
    notebook.page.close()
    assert [url for url in notebook.asked if not url.startswith((address, "data:", "blob:"))] == []


def exercise_3a() -> list[Value]:
    """The leaves of what notebook 3 steps through, after `backward`."""
    x, y, z = Value(1.0, "x"), Value(2.0, "y"), Value(4.0, "z")
    (cos(x**2 * y) + x**2 * sqrt(z)).backward()
    return [x, y, z]


def titanic_network() -> list[Value]:
    """The weights and inputs of what notebook 5 steps through, after `backward`."""
    model = nn.MLP(2, [2, 1], activation="sigmoid", output="sigmoid")
    for parameter, weight in zip(model.parameters(), [0, -2, 1, -1, 2, -1, 2, 2, -1], strict=True):
        parameter.data = float(weight)
    inputs, *_, last = model.units([0.2, 1.0])
    nn.log_loss(last.x[0], 1).backward()
    return [*model.parameters(), *inputs.x]


@pytest.mark.parametrize("opened", ["05_backpropagation"], indirect=True)
def test_pictures_show_and_scripts_do_not_run_before_a_notebook_is_trusted(opened: Opened) -> None:
    cells = opened.page.evaluate("window.jupyterapp.shell.currentWidget.model.toJSON().cells")
    shown = [cell for cell in cells if not cell["metadata"].get("jupyter", {}).get("outputs_hidden")]
    outputs = [output for cell in shown for output in cell.get("outputs", [])]
    pictures = sum("<img" in "".join(output.get("data", {}).get("text/html", "")) for output in outputs)
    assert pictures == 8
    images = opened.page.locator(".jp-Notebook .jp-OutputArea img")
    images.nth(pictures - 1).wait_for()  # JupyterLab draws what is out of sight when it has time
    assert images.count() == pictures
    for image in images.all():
        assert image.evaluate("image => image.decode().then(() => image.naturalWidth)") > 100
    assert opened.page.locator(".jp-Notebook .jp-OutputArea button").count() == 0


@pytest.mark.parametrize(
    ("opened", "leaves"),
    [("03_graphical_chain_rule", exercise_3a), ("05_backpropagation", titanic_network)],
    indirect=["opened"],
)
def test_a_notebook_runs_to_its_end_and_its_player_is_stepped_by_keys(opened: Opened, leaves: Any) -> None:
    cells = [cell for cell in opened.run_all() if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    kinds = {output["output_type"] for cell in cells for output in cell["outputs"]}
    assert kinds == {"stream", "execute_result"}
    assert {out["name"] for cell in cells for out in cell["outputs"] if out["output_type"] == "stream"} == {"stdout"}

    opened.svg.click()
    opened.wait_for("document.activeElement.matches('.jp-Cell.jp-mod-active autograd-graph')")
    start, pixels = opened.look, opened.seen
    assert opened.says.startswith("Start. Given: ")
    opened.step("ArrowRight", "Forward pass, 1 of ")
    assert opened.look != start
    assert opened.seen != pixels
    opened.step("ArrowLeft", "Start.")
    assert opened.look == start
    assert {*opened.gradients().values()} == {"–"}

    opened.step("End", "Backward pass, ")
    (_, at, of, _) = re.split(r", (\d+) of (\d+): ", opened.says)
    assert at == of
    gradients = opened.gradients()
    for leaf in leaves():
        assert gradients[formula(leaf).text] == written(leaf.grad)

    opened.step(" ", "Forward pass, ")  # plays from the beginning
    opened.page.keyboard.press(" ")
    opened.figure.get_by_role("button", name="Play").wait_for()
    opened.step("Home", "Start.")
    assert opened.look == start
