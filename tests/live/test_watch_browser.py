"""The page of ``ganlab watch`` in Chromium, beside a sweep that is trained."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from ganlab.live import Watch

SECONDS = 120_000
"""Milliseconds to wait, on a busy machine."""

FIRST = ["variants=[vanilla]", "seeds=[0]"]
MORE = ["variants=[vanilla,lsgan,wgan]", "seeds=[0,1]"]
TOP = "(element) => element.getBoundingClientRect().top"


@pytest.fixture
def page() -> Iterator[Page]:
    """A tab; the test fails if it complains."""
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("there is no Chromium on this machine to open a page with")
    complaints: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
        yield tab
        browser.close()
    assert [one for one in complaints if "Failed to load resource" not in one] == []


def train_beside(folder: Path, overrides: list[str]) -> None:
    """Have the launcher of a sweep train it in processes of its own."""
    command = [sys.executable, "-m", "ganlab", "sweep", "test.yaml", *overrides, "--no-compile", "--workers", "1"]
    subprocess.run(command, cwd=folder, env={**os.environ, "WANDB_MODE": "disabled"}, check=True, capture_output=True)


@pytest.mark.slow
@pytest.mark.long
def test_new_rows_appear_without_a_reload_and_the_reader_keeps_place_and_choices(tmp_path, specs_of, page):
    specs_of()  # writes test.yaml
    train_beside(tmp_path, FIRST)
    with Watch([tmp_path / "runs/test"]) as watch:
        threading.Thread(target=watch.run, daemon=True).start()
        page.goto(watch.url)
        report = page.frame_locator("iframe:not(.next)")
        rows = report.locator("#table .benchmark tbody tr:not(.ends)")
        expect(rows).to_have_count(1, timeout=SECONDS)
        page.evaluate("window.isTheSame = true")
        box = report.locator("input[type=checkbox]").first
        box.set_checked(not box.is_checked())
        chosen = box.is_checked()
        closed = report.locator("#protocol details:not([open])").first
        closed.locator("summary").click()
        commands = report.locator("#commands")
        commands.evaluate("(here) => { here.scrollIntoView(); window.isOld = true; }")
        top = commands.evaluate(TOP)

        train_beside(tmp_path, MORE)
        expect(rows).to_have_count(3, timeout=SECONDS)
        expect(page.locator("#first")).to_have_text(re.compile("6 runs: 6 done"))
        assert page.evaluate("window.isTheSame")
        assert commands.evaluate("() => window.isOld") is None
        assert box.is_checked() == chosen
        expect(report.locator("#protocol details[open]")).to_have_count(1)
        assert abs(commands.evaluate(TOP) - top) < 50


def test_the_page_says_so_when_the_command_has_ended(tmp_path, specs_of, page, train):
    train(specs_of(), folder=tmp_path / "runs/test")
    with Watch([tmp_path / "runs/test"]) as watch:
        page.goto(watch.url)
        expect(page.locator("#first")).to_have_text(re.compile("1 runs: 1 done"))
    expect(page.locator("#first")).to_have_text(re.compile("ganlab watch has ended"), timeout=SECONDS)
