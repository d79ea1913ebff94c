"""What a drag costs on the live page of 50 nodes, in headless Chromium: `python -m tests.benchmarks.pages`."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

from autograd import steps
from tests.conftest import FLAGS
from tests.test_steps_player import random_graph

NODES, FRAMES = 50, 120
DRAG = """async frames => {
    const graph = document.querySelector("autograd-graph");
    graph.step = graph.last;
    const [x] = graph.model.x;
    const start = performance.now();
    for (let i = 0; i < frames; i++) {
        await new Promise(requestAnimationFrame);
        graph.model.x[0] = x + Math.sin(i / 10) / 10;
        graph.changed(true);
    }
    return 1000 * frames / (performance.now() - start);
}"""


def main() -> None:
    """Print the frames a second, and the milliseconds of the page's main thread for each of them."""
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        file = Path(folder) / "page.html"
        steps(random_graph(Random(3), NODES), partials="both").save(file)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        page = browser.new_page()
        page.goto(file.as_uri())
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")

        def busy() -> float:
            metrics = session.send("Performance.getMetrics")["metrics"]
            return next(1000 * float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")

        before = busy()
        rate = page.evaluate(DRAG, FRAMES)
        print(f"page of {NODES} nodes, dragged: {rate:.0f} frames/s, {(busy() - before) / FRAMES:.1f} ms of work each")
        browser.close()


if __name__ == "__main__":
    main()
