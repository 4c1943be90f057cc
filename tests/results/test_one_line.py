"""Names in records that are more than a line do not break what is made of them."""

from __future__ import annotations

import csv

import pytest
from recording import record

from ganlab.results import build, read_runs, render
from ganlab.results.rendering.notes import notes

DATASET = "column(path=a\nb | $c$ [/x] \x1b[31m\u202e.csv)"


@pytest.fixture
def table(tmp_path):
    for label, dataset in (("vanilla", "d-vanilla"), ("lsgan", DATASET)):
        for seed in (0, 1):
            values = {"w1": [0.5, 0.1 + seed / 10]}
            record(tmp_path / "s", label, seed, values, dataset=dataset, run_id=f"{label}-s{seed}")
    return build(read_runs([str(tmp_path / "s")]))


def test_a_data_set_of_two_lines_is_one_in_every_format(table):
    assert all(name.isprintable() for name in table.datasets)
    assert len(table.datasets) == 2
    assert all(note.isprintable() for note in notes(table))
    rows = [line for line in render(table, "md").splitlines() if line.startswith("|")]
    assert len(rows) == 4
    assert all(line.isprintable() for line in render(table, "md").splitlines())
    assert all(line.isprintable() for line in render(table, "latex").splitlines())
    assert [row["variant"] for row in csv.DictReader(render(table, "csv").splitlines())] == ["lsgan", "vanilla"]
