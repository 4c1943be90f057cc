"""A sweep to report on, and a browser to look at the report with."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright
from written_sweep import WrittenSweep

from ganlab.results.report import report


@pytest.fixture
def written(tmp_path: Path) -> WrittenSweep:
    """A sweep without runs yet."""
    folder = tmp_path / "my_sweep"
    folder.mkdir()
    return WrittenSweep(folder)


@pytest.fixture
def three_rows(written: WrittenSweep) -> WrittenSweep:
    """Three rows of three seeds, one of which diverged."""
    for seed in range(3):
        written.run("slow", seed, 0.3 + 0.01 * seed)
        written.run("fast", seed, 0.1 + 0.01 * seed)
        written.run("wild", seed, 0.2 + 0.01 * seed, diverged_at=450 if seed == 1 else None)
    return written


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("there is no Chromium on this machine to open a report with")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


Opener = Callable[..., Page]


@pytest.fixture
def open_report(chromium: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Opens the report on a sweep without a network; fails afterwards if the page complained or asked for anything."""
    complaints: list[str] = []
    contexts = []

    def listen(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def watch(request: Request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            complaints.append(f"asked for {request.url}")

    def open_page(sweep: WrittenSweep, *, width: int = 1280, scheme: str = "light") -> Page:
        file = tmp_path / "report.html"
        file.write_text(report(sweep.read(), [str(sweep.folder)]), encoding="utf-8")
        context = chromium.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True, reduced_motion="reduce"
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", listen)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", watch)
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []
