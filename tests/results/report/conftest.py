"""A sweep to report on, and a browser to look at the report with."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from report_opener import Opener
from written_sweep import WrittenSweep


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


@pytest.fixture
def open_report(chromium: Browser, tmp_path: Path) -> Iterator[Opener]:
    """Opens the report on a sweep; the test fails if the page complained or asked for anything."""
    opener = Opener(chromium, tmp_path)
    yield opener
    opener.close()
    assert opener.complaints == []
