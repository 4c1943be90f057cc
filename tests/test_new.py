"""Files to begin with."""

from __future__ import annotations

import pytest

import ganlab
from ganlab.cli import main

METRICS = {"variant": "w1", "game": "w1", "data": "sliced_w1", "evaluator": "spread_error"}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_MODE", "disabled")


@pytest.mark.slow
@pytest.mark.parametrize("kind", METRICS)
def test_a_new_plugin_trains_as_it_is(capsys, kind):
    assert main(["new", kind, "my-idea"]) == 0
    assert "ganlab sweep my-idea.yaml" in capsys.readouterr().out
    results = ganlab.sweep("my-idea.yaml", compiled=False, steps=30, seeds=[0])
    assert {run.result.status for run in results.runs} == {"finished"}
    last = results.frame().query("metric == @metric", local_dict={"metric": METRICS[kind]})
    assert set(last.row) == {run.label for run in results.runs}


def test_the_starter_is_planned(tmp_path, capsys):
    assert main(["init"]) == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base_1d.yaml", "gaussian_1d.yaml"]
    assert main(["sweep", "gaussian_1d.yaml", "--dry-run"]) == 0
    assert "6 rows x 5 seeds = 30 runs" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["new", "variant", "lsgan"], "there is a variant 'lsgan' already; choose another name"),
        (["new", "variant", "began"], "there is a game 'began' already"),
        (["new", "data", "ring"], "there is a data set 'ring' already"),
        (["new", "game", "My Game"], "'My Game' cannot be the name; use small letters"),
        (["new", "variant", "off"], "'off' cannot be the name, since YAML reads it as false; choose another one"),
        (["new", "data", "true"], "'true' cannot be the name, since YAML reads it as true"),
        (["new", "game", "null"], "'null' cannot be the name, since YAML reads it as empty"),
        (["init", "gausian"], "there is no experiment 'gausian'; there are article_1d, base_1d,"),
        (["init", "../README"], "there is no experiment '../README'"),
    ],
)
def test_a_name_that_cannot_be_is_refused_and_nothing_written(tmp_path, capsys, arguments, message):
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_files_that_are_there_stay_as_they_are(tmp_path, capsys):
    (tmp_path / "base_1d.yaml").write_text("mine")
    assert main(["init"]) == 2
    assert "base_1d.yaml is there already; nothing was written" in capsys.readouterr().err
    assert [path.read_text() for path in tmp_path.iterdir()] == ["mine"]
