"""Texts from a stranger's records do nothing where they leave: in LaTeX, Markdown, CSV, a terminal, W&B, HTML, SVG."""

from __future__ import annotations

import csv
import json
import shlex
from pathlib import Path

import pytest
from recorded_sweep import Sweep
from rich.console import Console
from rich.errors import MarkupError

from ganlab.cli import main
from ganlab.results import read_runs, render
from ganlab.results.figures import Drawing
from ganlab.results.rendering.flat import _entry
from ganlab.results.report import report
from ganlab.results.wandb_report import _commands, make_report
from ganlab.sweeps.display import say
from ganlab.text import message, one_line, without_passwords

HOSTILE = (
    "=1+1\n\\input{x}\n| a | [/nope] \x1b]0;owned\x07\x1b[2J \u202e\u2066 \x00 $a_$ `b` [c](https://d) "
    "<script>e()</script>"
)
COMMANDS = ["table", "table --format csv", "table --format latex", "cite", "figure -o {}/f.svg"]
PLAIN = "plain"


@pytest.fixture(params=["", "-2+3", "@SUM(A1)", "+1", "\t=1", "\r=1"])
def hostile(request: pytest.FixtureRequest, sweep: Sweep) -> Sweep:
    """A sweep of which every text is a stranger's, beginning with something of its own."""
    return _of(sweep, request.param + HOSTILE)


def _of(sweep: Sweep, text: str) -> Sweep:
    for label in (f"{text} one", f"{text} two"):
        for seed in range(2):
            sweep.finished(
                label,
                seed,
                {"w1": 0.1 + seed},
                rows={2000: {"w1": 0.1 + seed}},
                dataset=text,
                environment={"device": text, "processor": text, "ganlab": text},
                real={"samples": text, "metrics": {"w1": 0.1}},
                samples={"shape": [1], "classes": 2, "class_names": [text, "b"]},
                conditional=True,
                protocol={
                    "generator": text,
                    "reference": text,
                    "metrics": {"w1": {"better": "lower", "estimator": text}},
                },
            )
    return sweep


def _is_quiet(text: str) -> bool:
    """Whether nothing in it but line ends is unprintable."""
    return all(line.isprintable() for line in text.split("\n"))


def test_latex_has_the_lines_that_plain_texts_have(sweep: Sweep, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    expected = render(_of(Sweep(tmp_path / "other"), PLAIN).table(), "latex").split("\n")
    found = render(_of(sweep, HOSTILE).table(), "latex")
    assert _is_quiet(found)
    lines = found.split("\n")
    assert len(lines) == len(expected)
    assert [line[:1] == "%" for line in lines] == [line[:1] == "%" for line in expected]
    assert not any(r"\input" in line for line in lines if not line.startswith("%"))


def test_markdown_has_the_lines_and_cells_that_plain_texts_have(sweep: Sweep, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    expected = render(_of(Sweep(tmp_path / "other"), PLAIN).table(), "md").split("\n")
    found = render(_of(sweep, HOSTILE).table(), "md")
    assert _is_quiet(found)
    lines = found.split("\n")
    assert len(lines) == len(expected)
    assert [_cells(line) for line in lines] == [_cells(line) for line in expected]
    assert "](" not in found
    assert "<script" not in found.replace(r"\<", "")


def _cells(line: str) -> int:
    return line.replace(r"\|", "").count("|") if line.startswith("|") else 0


def test_no_cell_of_a_csv_file_is_a_formula(hostile: Sweep) -> None:
    found = render(hostile.table(), "csv")
    assert _is_quiet(found)
    records = list(csv.reader(found.split("\n")))
    assert len(records) == 3
    assert {len(record) for record in records} == {len(records[0])}
    for cell in (cell for record in records for cell in record):
        assert not cell.startswith(("=", "+", "-", "@")) or float(cell) < 0


@pytest.mark.parametrize(
    ("value", "entry"),
    [("-0.5", "-0.5"), ("+1e-3", "+1e-3"), (-0.5, -0.5), ("=1", "'=1"), ("-a", "'-a"), ("@a", "'@a"), ("a=", "a=")],
)
def test_numbers_of_a_csv_file_stay_numbers(value: object, entry: object) -> None:
    assert _entry(value) == entry


def test_json_holds_the_texts(hostile: Sweep) -> None:
    found = render(hostile.table(), "json")
    assert found.isascii()
    assert len(json.loads(found)) == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_print_no_escape_sequence(
    sweep: Sweep, tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    _of(sweep, HOSTILE)
    name, *options = command.format(tmp_path).split()
    assert main([name, str(sweep.folder), *options]) == 0
    captured = capsys.readouterr()
    assert _is_quiet(captured.out)
    assert _is_quiet(captured.err)


@pytest.mark.parametrize(
    "text", ["[/x]", "[/nope]", "[red]a[/red]", "\x1b[31m", "a\nb", "[link=file:///etc/passwd]b[/link]"]
)
def test_no_text_is_markup_in_a_terminal(text: str) -> None:
    console = Console(record=True, width=200, force_terminal=True, color_system=None)
    with console.capture() as capture:
        say(console, text)
    assert capture.get() == f"{one_line(text)}\n"


def test_markup_would_have_failed() -> None:
    with pytest.raises(MarkupError):
        Console(quiet=True).print("[/nope]")


def test_figures_show_names_letter_by_letter(hostile: Sweep) -> None:
    runs = read_runs([str(hostile.folder)])
    for kind in ("curves", "strips"):
        svg = Drawing(runs, kind).file("svg")
        assert b"<script" not in svg


def test_a_report_has_no_script_of_a_record(hostile: Sweep) -> None:
    page = report(read_runs([str(hostile.folder)]), [str(hostile.folder)], None)
    assert "<script>e()" not in page


def test_a_report_in_wandb_quotes_what_its_commands_name(sweep: Sweep) -> None:
    runs = read_runs([str(_of(sweep, HOSTILE).folder)])
    make_report(sweep.table(), runs, "me", "ganlab")
    commands = _commands(runs, "me/ganlab")
    assert commands.count("```") == 4
    lines = [line for line in commands.split("\n") if line.startswith("ganlab ")]
    assert [len(shlex.split(line)) for line in lines] == [5, 3]


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("https://me:secret@host/x", "https://***@host/x"),
        ("https:/me:secret@host/x", "https:/***@host/x"),
        ("git+ssh://secret@host", "git+ssh://***@host"),
        ("https://host/x?a=1&token=secret&b=2", "https://host/x?a=1&token=***&b=2"),
        ("https://host/x?api_key=secret", "https://host/x?api_key=***"),
        ("https://host/a@b", "https://host/a@b"),
        ("C:/a@b", "C:/a@b"),
        ("me@host", "me@host"),
    ],
)
def test_passwords_in_urls_are_left_out(text: str, left: str) -> None:
    assert without_passwords(text) == left
    assert one_line(f"see {text}") == f"see {left}"


def test_a_long_message_loses_its_middle() -> None:
    assert message("a" * 10**6 + "b") == f"{'a' * 500} ... {'a' * 499}b"
