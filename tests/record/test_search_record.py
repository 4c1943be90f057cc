"""``search.json``: what is kept of a search."""

from __future__ import annotations

import json
import math

import pytest
from searches import row_search

from ganlab.errors import InputError
from ganlab.record.search import SEARCH, SearchFile, read_search, write_search


def test_what_is_written_is_read(tmp_path):
    file = SearchFile(rows=(row_search([[0.5, 0.25], [None, 0.5]]),))
    write_search(tmp_path, file)
    assert read_search(tmp_path) == file


def test_a_score_is_the_mean_over_the_tune_seeds_and_the_worst_there_is_where_one_diverged():
    row = row_search([[0.5, 0.25], [None, 0.5]])
    assert [row.score(trial) for trial in row.trials] == [0.375, math.inf]
    higher = row_search([[None, 1.0]], better="higher")
    assert higher.score(higher.trials[0]) == -math.inf


def test_trials_that_are_not_done_are_missing_and_those_that_were_halted_cannot_be_chosen():
    row = row_search([[0.5, 0.25], [0.5, 0.5], [0.1, 0.1]], not_done={1}, halted={2}, asked=5)
    assert row.missing == 3
    assert [trial.number for trial in row.finished] == [0]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"chosen": 7}, "trial 7 of 'vanilla' is not the best that is done; that is trial 1"),
        ({"chosen": 0}, "trial 0 of 'vanilla' is not the best that is done; that is trial 1"),
        ({"trials": []}, "trial 1 of 'vanilla' is not the best that is done; there is none"),
        ({"tune_seeds": [5]}, "trial 0 of 'vanilla' has runs of other seeds than tune_seeds"),
        ({"budget": 639}, "trial 0 of 'vanilla' saw more samples than the budget has"),
    ],
    ids=["no trial", "not the best", "no trials", "seeds", "budget"],
)
def test_a_search_that_contradicts_itself_is_refused(tmp_path, changes, fault):
    row = row_search([[0.5], [0.25], [0.1], [0.3]], halted={2}, not_done={3}).model_dump(mode="json")
    (tmp_path / SEARCH).write_text(json.dumps({"rows": [{**row, **changes}]}))
    with pytest.raises(InputError, match=f"is no record of a search; .*{fault}"):
        read_search(tmp_path)


def test_trials_of_one_number_are_refused(tmp_path):
    row = row_search([[0.5], [0.25]]).model_dump(mode="json")
    row["trials"][0]["number"] = 1
    (tmp_path / SEARCH).write_text(json.dumps({"rows": [row]}))
    with pytest.raises(InputError, match="the trials of 'vanilla' are not numbered apart"):
        read_search(tmp_path)


def test_a_search_is_that_of_the_runs_that_report_it(tmp_path):
    file = SearchFile(rows=(row_search([[0.5]], reported=("a", "b")),))
    assert file.of_run("b") == file.rows[0]
    assert file.of_run("c") is None


def test_rows_of_the_same_search_stay_and_others_do_not(tmp_path):
    for label, signature in (("vanilla", "one"), ("lsgan", "one"), ("vanilla", "one")):
        write_search(tmp_path, SearchFile(rows=(row_search([[0.5]], label=label, signature=signature),)))
    assert [row.label for row in read_search(tmp_path).rows] == ["vanilla", "lsgan"]
    write_search(tmp_path, SearchFile(rows=(row_search([[0.5]], label="wgan", signature="two"),)))
    assert [row.label for row in read_search(tmp_path).rows] == ["wgan"]


def test_a_folder_without_a_search_has_none_and_a_damaged_file_is_refused(tmp_path):
    assert read_search(tmp_path) is None
    (tmp_path / SEARCH).write_text('{"rows": [{}]}')
    with pytest.raises(InputError, match=r"search.json is no record of a search; restore it, or remove it and launch"):
        read_search(tmp_path)
