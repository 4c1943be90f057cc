"""What Python code has of the runs of a sweep."""

from __future__ import annotations

import json

import pytest

import ganlab
from ganlab.cli import main
from ganlab.errors import InputError
from ganlab.results.figures import Drawing


@pytest.fixture
def results(trained_sweep):
    return ganlab.read_runs(trained_sweep)


@pytest.mark.parametrize(
    ("format", "rendered"),
    [
        ("md", str),
        ("latex", lambda table: table.to_latex()),
        ("csv", lambda table: table.to_csv()),
        ("json", lambda table: table.to_json()),
    ],
)
def test_a_table_is_that_of_the_command(results, trained_sweep, capsys, format, rendered):
    assert main(["table", str(trained_sweep), "--format", format]) == 0
    assert rendered(results.table()) == capsys.readouterr().out.rstrip("\n")


def test_metrics_are_chosen(results):
    cells = json.loads(results.table("w1", "best/w1").to_json())
    assert {cell["metric"] for cell in cells} == {"w1", "best/w1"}


def test_a_notebook_shows_a_table_as_html_that_runs_nothing(results):
    html = results.table("w1")._repr_html_()
    assert html.count("<tr>") == 1 + 4  # the head, three rows and the floor
    assert "<li>Bold:" in html


def test_a_figure_can_be_saved_and_is_that_of_the_command(results, tmp_path):
    results.figure("w1").savefig(tmp_path / "w1.png", dpi=300)
    assert (tmp_path / "w1.png").read_bytes() == Drawing(results.runs, metrics=["w1"]).file("png")


def test_runs_of_which_none_has_finished_have_a_frame_but_no_table(results):
    unfinished = type(results)([run for run in results.runs if not run.finished])
    assert set(unfinished.frame().status) == {"diverged", "unfinished"}
    for made in (unfinished.table, unfinished.figure):
        with pytest.raises(InputError, match=r"no run has finished \(3 diverged, 1 not done yet\)"):
            made()
