"""A W&B Report, saved by wandb-workspaces with the real client on a server on the loopback."""

# ruff: noqa: F811 (fixtures are imported)

from __future__ import annotations

import json
from typing import Any

import pytest
from recorded_sweep import Sweep
from recorder import mirror_directories
from wandb_stand_in import WandbStandIn
from wandb_stand_in.fixtures import lone_wandb, server  # noqa: F401 (fixtures)

from ganlab.cli import main
from ganlab.errors import InputError
from ganlab.record import runs_in
from ganlab.results import read_runs, render
from ganlab.results.wandb_report import publish

ROWS = {step: {"w1": 1.0 / (step + 1), "js": 0.5} for step in (0, 1000, 2000)}


@pytest.fixture
def mirrored(server: WandbStandIn, sweep: Sweep) -> Sweep:
    """The sweep `gaussian_1d` of two variants and two data sets, which is in ``someone/ganlab``."""
    for dataset in ("grid", "ring"):
        for label in ("lsgan", "wgan"):
            for seed in range(3):
                final = {"w1": 0.1 * seed, "js": 0.5}
                sweep.finished(label, seed, final, dataset=dataset, rows=ROWS, protocol={"reference": dataset})
    mirror_directories(*runs_in(sweep.folder))
    return sweep


def report(server: WandbStandIn) -> list[dict[str, Any]]:
    """The blocks of the one report that was saved."""
    (view,) = server.store.views.values()
    assert (view["entityName"], view["projectName"], view["type"]) == ("someone", "ganlab", "runs")
    blocks: list[dict[str, Any]] = json.loads(view["spec"])["blocks"]
    return blocks


def headings(blocks: list[dict[str, Any]]) -> list[str]:
    return [block["children"][0]["text"] for block in blocks if block["type"] == "heading"]


def grids(blocks: list[dict[str, Any]]) -> list[tuple[list[str], list[dict[str, Any]]]]:
    """Of each grid of panels the groups of its runs, and the settings of its panels."""
    found = []
    for block in blocks:
        if block["type"] == "panel-grid":
            (runset,) = block["metadata"]["runSets"]
            (condition,) = runset["filters"]["filters"]
            assert (condition["key"], condition["op"]) == ({"section": "run", "name": "group"}, "IN")
            panels = block["metadata"]["panelBankSectionConfig"]["panels"]
            found.append((condition["value"], [panel["config"] for panel in panels]))
    return found


def test_a_report_holds_the_table_its_notes_and_the_commands(
    mirrored: Sweep, server: WandbStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["wandb", "report", str(mirrored.folder)]) == 0
    assert capsys.readouterr().out == f"{server.url}/someone/ganlab/reports/gaussian_1d-benchmark--V0\n"
    table, notes, commands = (block["content"] for block in report(server) if block["type"] == "markdown-block")
    assert f"{table}\n\n{notes}" == render(mirrored.table(), "md")
    assert "reference: ring" in notes
    assert "ganlab table wandb:someone/ganlab --filter sweep=gaussian_1d" in commands
    assert "ganlab reproduce r000" in commands


def test_curves_are_grouped_by_label_and_pictures_stand_by_label(mirrored: Sweep, server: WandbStandIn) -> None:
    publish(read_runs([str(mirrored.folder)]))
    blocks = report(server)
    assert headings(blocks)[2:] == [
        *("Learning curves", "grid", "ring"),
        *("What the generators draw", "lsgan on grid", "wgan on grid", "lsgan on ring", "wgan on ring"),
        "Again",
    ]
    (on_grid, curves), (on_ring, _), *pictures = grids(blocks)
    assert on_grid == ["gaussian_1d/grid/lsgan", "gaussian_1d/grid/wgan"]
    assert on_ring == ["gaussian_1d/ring/lsgan", "gaussian_1d/ring/wgan"]
    assert [(curve["xAxis"], curve["metrics"]) for curve in curves] == [
        ("global_step", ["eval/w1"]),
        ("global_step", ["eval/js"]),
    ]
    assert {(curve["groupBy"], curve["groupAgg"], curve["groupArea"]) for curve in curves} == {
        ("label.value", "median", "minmax")
    }
    assert [(groups, [panel["mediaKeys"] for panel in panels]) for groups, panels in pictures] == [
        ([group], [["samples"]]) for group in [*on_grid, *on_ring]
    ]
    assert {run.group for run in server.runs.values()} == {*on_grid, *on_ring}


def refusal(sweep: Sweep, *arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    assert main(["wandb", "report", str(sweep.folder), *arguments]) == 2
    return capsys.readouterr().err


def test_a_project_without_the_runs_is_refused(
    sweep: Sweep, server: WandbStandIn, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep.cell("lsgan", [0.1, 0.2], rows=ROWS)
    assert "there is no run of gaussian_1d in someone/ganlab" in refusal(sweep, capsys=capsys)
    assert "there is no run of gaussian_1d in else/where" in refusal(sweep, "--project", "else/where", capsys=capsys)
    assert "write ENTITY/PROJECT" in refusal(sweep, "--project", "where", capsys=capsys)


def test_runs_of_several_sweeps_are_refused(sweep: Sweep) -> None:
    sweep.cell("lsgan", [0.1, 0.2])
    sweep.cell("wgan", [0.1, 0.2], sweep="other")
    with pytest.raises(InputError, match="on one sweep, and these are gaussian_1d, other"):
        publish(read_runs([str(sweep.folder)]))


def test_without_a_login_there_is_a_sentence(
    lone_wandb: pytest.MonkeyPatch, sweep: Sweep, capsys: pytest.CaptureFixture[str]
) -> None:
    sweep.cell("lsgan", [0.1, 0.2])
    assert "W&B cannot be reached: no login found" in refusal(sweep, capsys=capsys)
