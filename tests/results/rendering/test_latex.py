"""The LaTeX table: what it prints, and that no label can break it."""

from __future__ import annotations

import re

from hypothesis import example, given
from hypothesis import strategies as st

from ganlab.results.rendering import render
from ganlab.results.rendering.latex_text import escaped

COMMANDS = re.compile(r"\\[a-zA-Z]+\{\}|(?<=-)\{\}(?=-)|\\[&%$#_{}]|\$\\[a-z]+\$")


def test_the_tabular(sweep) -> None:
    sweep.cell("wgan_gp", [0.02, 0.021, 0.022, 0.023, 0.024], floors={"w1": 1.5e-9})
    sweep.cell("50% & more", [0.09, 0.091, 0.092, 0.093, 0.094])
    text = render(sweep.table(), "latex")
    assert (
        r"""\begin{tabular}{lrrr}
\toprule
variant & w1 $\downarrow$ & n & diverged \\
\midrule
50\% \& more & $0.0920 \pm 0.0020$ ($0.0920$) & 5 & 0 \\
wgan\_gp & \textbf{\boldmath $0.0220 \pm 0.0020$ ($0.0220$)} & 5 & 0 \\
"""
        in text
    )


def test_small_and_infinite_numbers_are_formulas(sweep) -> None:
    sweep.finished("lsgan", 0, {"w1": 1.5e-9, "js": None})
    assert r"lsgan & $1.50 \times 10^{-9}$ & $\infty$ & 1 & 0 \\" in render(sweep.table(), "latex")


def test_the_footnotes_are_printed_and_the_runs_are_comments(sweep) -> None:
    sweep.cell("wgan_gp", [0.02])
    lines = render(sweep.table(), "latex").splitlines()
    assert any(line.startswith("Data gaussian: 10000 samples") for line in lines)
    assert r"% wgan_gp: r000" in lines


def test_every_block_of_data_is_ruled_off_and_every_group_closed(sweep) -> None:
    for dataset in ("gaussian", "ring_8"):
        sweep.cell("{odd_label", [0.02, 0.03], dataset=dataset)
    printed = [line for line in render(sweep.table(), "latex").splitlines() if not line.startswith("%")]
    text = re.sub(r"\\[{}\\]", "", "\n".join(printed))
    assert text.count("{") == text.count("}")
    assert text.count("$") % 2 == 0
    assert text.count(r"\midrule") == 2


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126)))
@example(r"\input{x} $a_b^2$ ~50% & #1 [b] *")
def test_no_ascii_text_leaves_anything_that_latex_would_act_on(text: str) -> None:
    printed = COMMANDS.sub("", escaped(text).replace("{[}", "").replace("{]}", "").replace("{*}", ""))
    assert not re.search(r"[\\{}$&#%_^~\[\]*<>|\"]", printed)


@given(st.text("ab[*_"))
def test_no_text_begins_like_an_argument_of_a_line_break(text: str) -> None:
    assert not escaped(text).startswith(("[", "*"))


def test_two_hyphens_do_not_become_a_dash() -> None:
    assert escaped("a---b") == "a-{}-{}-b"


def test_what_pdflatex_cannot_print_stands_as_its_number() -> None:
    assert escaped("β = 中, café") == r"$\beta$ = {[}U+4E2D{]}, café"
