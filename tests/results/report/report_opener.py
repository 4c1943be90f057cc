"""Opens reports in a browser that has no network, and notes what they complain about."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request
from written_sweep import WrittenSweep

from ganlab.results.report import report


class Opener:
    """Calling it opens the report on a sweep.

    Attributes:
        complaints: errors and warnings on the console, and requests for anything that is not in the file.
    """

    def __init__(self, browser: Browser, folder: Path) -> None:
        self.complaints: list[str] = []
        self._browser = browser
        self._folder = folder
        self._contexts: list[BrowserContext] = []

    def __call__(self, sweep: WrittenSweep, *, width: int = 1280, scheme: Literal["light", "dark"] = "light") -> Page:
        file = self._folder / "report.html"
        file.write_text(report(sweep.read(), [str(sweep.folder)]), encoding="utf-8")
        context = self._browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=scheme, offline=True, reduced_motion="reduce"
        )
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", self._watch)
        page.goto(file.as_uri())
        return page

    def close(self) -> None:
        for context in self._contexts:
            context.close()

    def _listen(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _watch(self, request: Request) -> None:
        if not request.url.startswith(("file:", "data:", "blob:")):
            self.complaints.append(f"asked for {request.url}")
