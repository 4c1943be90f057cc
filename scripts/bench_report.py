"""How large the report on sweeps is, how long it takes to make, and to open in Chromium: the best of three.

A page is open when its load event has ended: all of it stands there then, and its charts are drawn.

    ganlab sweep experiments/variants_1d.yaml seeds=0..31 variants=[vanilla,lsgan,wgan,wgan-lp,hinge,rpgan,r1,r3gan]
    python scripts/bench_report.py runs/variants_1d
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from ganlab.results import read_runs
from ganlab.results.report import report

ROUNDS = 3


def seconds_to_open(browser: Browser, file: Path) -> float:
    """From the first request to the end of the load event, in a context without any cache."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(file.as_uri())
    milliseconds: float = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    context.close()
    return milliseconds / 1000


def main(sources: list[str]) -> None:
    runs = read_runs(sources)
    start = time.perf_counter()
    text = report(runs, sources)
    made = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        file = Path(folder) / "report.html"
        file.write_text(text, encoding="utf-8")
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        opened = min(seconds_to_open(browser, file) for _ in range(ROUNDS))
        megabytes = file.stat().st_size / 1e6
        browser.close()
    print(f"{len(runs)} runs: {megabytes:.1f} MB, made in {made:.1f} s, open after {opened:.1f} s")


if __name__ == "__main__":
    main(sys.argv[1:])
