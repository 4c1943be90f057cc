"""Runs by their folder or their id."""

from __future__ import annotations

import pytest
from records import spec_file

from ganlab.errors import InputError
from ganlab.record import RunDirectory
from ganlab.record.finding import find_run


@pytest.fixture
def runs(tmp_path):
    for sweep in ("one", "two"):
        RunDirectory(tmp_path / sweep / f"{sweep}-s0").open(spec_file(sweep=sweep)).close()
    RunDirectory(tmp_path / "two" / "one-s0").open(spec_file()).close()
    return tmp_path


def test_a_run_is_found_by_its_folder(runs):
    assert find_run(str(runs / "two" / "two-s0"), runs).path == runs / "two" / "two-s0"


def test_a_run_is_found_by_its_id_in_any_sweep(runs):
    assert find_run("two-s0", runs).path == runs / "two" / "two-s0"


def test_an_id_that_two_sweeps_have_needs_its_folder(runs):
    with pytest.raises(InputError, match="one-s0"):
        find_run("one-s0", runs)


def test_an_unknown_run_is_refused(runs):
    with pytest.raises(InputError, match="there is no run 'three-s0' under"):
        find_run("three-s0", runs)


def test_a_whole_sweep_is_answered_with_one_of_its_runs(runs):
    (runs / "two" / "sweep.json").write_text("{}")
    with pytest.raises(InputError, match=r"two' is a whole sweep; name one of its runs, such as .*two/one-s0$"):
        find_run(str(runs / "two"), runs)
