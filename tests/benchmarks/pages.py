"""What a drag costs on the live page of 50 nodes, in headless Chromium: `python -m tests.benchmarks.pages`."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, sync_playwright

from autograd import steps
from tests.conftest import FLAGS
from tests.test_steps_player import random_graph

NODES, FRAMES = 50, 240
PARTS = {"ScriptDuration": "scripts", "RecalcStyleDuration": "styles", "LayoutDuration": "layout"}
DRAG = """frames => new Promise(done => {
    const graph = document.querySelector("autograd-graph");
    const [x] = graph.model.x;
    const start = performance.now();
    let i = 0;
    requestAnimationFrame(function drag() {
        graph.model.x[0] = x + Math.sin(++i / 10) / 10;
        graph.changed(true);
        if (i < frames) requestAnimationFrame(drag);
        else done(1000 * frames / (performance.now() - start));
    });
})"""


def main() -> None:
    """Print the frames a second, and the milliseconds of processor time that each of them takes, part by part."""
    with sync_playwright() as playwright, TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        file = Path(folder) / "page.html"
        steps(random_graph(Random(3), NODES), partials="both").save(file)
        for seen, first in (("as it opens", ""), ("all of it seen", "graph.pane.zoom(graph.pane.whole)")):
            print(f"page of {NODES} nodes, {seen}, dragged: {dragged(browser, file, first)}")
        browser.close()


def dragged(browser: Browser, file: Path, first: str) -> str:
    """What a drag on the page takes, in words, after a script that is run first."""
    page = browser.new_page()
    page.goto(file.as_uri())
    page.evaluate(f"() => {{ const graph = document.querySelector('autograd-graph'); graph.step = 999; {first}; }}")
    page.wait_for_timeout(1000)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})  # other programs do not count
    whole = browser.new_browser_cdp_session()

    def spent() -> tuple[dict[str, float], float]:
        metrics = session.send("Performance.getMetrics")["metrics"]
        processes = whole.send("SystemInfo.getProcessInfo")["processInfo"]
        found = {x["name"]: 1000 * x["value"] / FRAMES for x in metrics}
        return found, sum(1000 * x["cpuTime"] / FRAMES for x in processes)

    before, all_before = spent()
    rate = page.evaluate(DRAG, FRAMES)
    after, all_after = spent()
    page.close()
    task = after["TaskDuration"] - before["TaskDuration"]
    parts = {word: after[name] - before[name] for name, word in PARTS.items()}
    parts["painting"] = task - sum(parts.values())
    told = ", ".join(f"{word} {x:.1f}" for word, x in parts.items())
    rest = all_after - all_before - task
    return f"{rate:.0f} frames/s; main thread {task:.1f} ms ({told}), pixels and the rest {rest:.1f} ms"


if __name__ == "__main__":
    main()
