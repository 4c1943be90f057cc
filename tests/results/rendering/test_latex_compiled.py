"""The LaTeX document, compiled by pdflatex."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ganlab.results.published import published_for
from ganlab.results.rendering import render
from ganlab.results.rendering.latex_text import escaped

pytestmark = pytest.mark.skipif(shutil.which("pdflatex") is None, reason="needs pdflatex")


def compiled(folder: Path, text: str) -> str:
    """The log of pdflatex, which must neither fail nor print beyond the page's edge."""
    (folder / "table.tex").write_text(text, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "table.tex"]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    assert run.returncode == 0, run.stdout[-2000:]
    assert "Overfull" not in run.stdout
    assert "Missing character" not in run.stdout
    return run.stdout


def test_a_table_compiles_alone_whatever_its_names_hold(sweep, tmp_path: Path) -> None:
    for label in (
        r"50% & \input{x} $a_b^2$ ~ # {",
        "[b] * <i> | \"q\" 'p'",
        "λ=10 → †±↓ ≤ ∞",
        "日本語 🎲 naïve łódź",
        "-- ---",
    ):
        sweep.cell(label, [0.02, 0.021, 0.5e-9], dataset="Żółw_中 é", floors={"w1": 1.5e-9})
    sweep.diverged("wgan", 0, dataset="Żółw_中 é")
    compiled(tmp_path, render(sweep.table(), "latex"))


def test_every_character_that_is_left_as_it_stands_can_be_printed(tmp_path: Path) -> None:
    characters = [chr(code) for code in [*range(0x20, 0x250), *range(0x370, 0x400), *range(0x2000, 0x2300), 0x1F600]]
    lines = "\n\n".join(escaped(character) for character in characters)
    compiled(
        tmp_path,
        rf"""\documentclass{{article}}
\usepackage[T1]{{fontenc}}
\begin{{document}}
{lines}
\end{{document}}""",
    )


def test_a_wide_table_is_shrunk_to_the_page(sweep, tmp_path: Path) -> None:
    for label in ("a label of very many words that goes on and on, until nobody reads it", "b"):
        for seed in range(12):
            values = dict.fromkeys(("w1", "js", "reach"), 123.456 + seed)
            sweep.finished(label, seed, values, cost={"train_seconds": 1.0}, dataset="a data set with a long name")
    metrics = ["w1", "js", "reach", "best/w1", "best/js", "best/reach", "train_seconds", "device"]
    compiled(tmp_path, render(sweep.table(metrics), "latex"))


def test_what_is_published_goes_over_several_pages(cifar10, tmp_path: Path) -> None:
    table = cifar10.table()
    assert "Output written on table.pdf (4 pages" in compiled(tmp_path, render(table, "latex", published_for(table)))


def test_the_part_between_the_marks_goes_into_a_paper(cifar10, tmp_path: Path) -> None:
    table = cifar10.table()
    text = render(table, "latex", published_for(table))
    _, _, inner = text.partition("% ---- the table begins here ----\n")
    inner, _, _ = inner.partition("% ---- the table ends here ----")
    (tmp_path / "inner.tex").write_text(inner, encoding="utf-8")
    packages = text.splitlines()[1].removeprefix("% ")
    begin, end = r"\begin{document}", r"\end{document}"
    compiled(tmp_path, rf"\documentclass[11pt]{{article}} {packages} {begin} Before. \input{{inner}} After. {end}")
