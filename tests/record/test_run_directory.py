from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from records import outcome, spec_file
from small_disk import small_disk

from ganlab.errors import InputError
from ganlab.record.run_directory import RunDirectory, runs_in

SPEC = spec_file()


@pytest.fixture
def run(tmp_path: Path) -> Iterator[RunDirectory]:
    with RunDirectory(tmp_path / "run").open(SPEC) as run:
        yield run


def steps(run: RunDirectory) -> list[int]:
    return [row["global_step"] for row in run.metrics()]


def test_what_was_written_is_read_back(run: RunDirectory) -> None:
    run.log({"global_step": 0, "w1": float("nan")})
    run.log({"global_step": 10, "w1": 0.1, "mode": None})
    run.save_samples(10, edges=[0, 1, 2], counts=np.array([3, 4]), density=[0.5, 0.5])
    ended = outcome(SPEC, final={"w1": float("inf")})
    run.finish(ended)

    again = RunDirectory(run.path)
    assert again.spec() == SPEC
    assert again.metrics() == [{"global_step": 0, "w1": None}, {"global_step": 10, "w1": 0.1, "mode": None}]
    summary = again.summary().record()
    assert ended.record().items() <= summary.items()
    assert summary["final"] == {"w1": None}
    assert list(again.samples()) == [10]
    with np.load(run.path / "samples" / "00000010.npz") as arrays:
        assert {name: arrays[name].tolist() for name in arrays} == {
            "edges": [0, 1, 2],
            "counts": [3, 4],
            "density": [0.5, 0.5],
        }


def test_a_run_without_summary_is_not_done(run: RunDirectory) -> None:
    assert run.summary() is None


def test_the_directory_of_another_run_is_refused(run: RunDirectory) -> None:
    with pytest.raises(InputError, match="belongs to a run with another spec"):
        RunDirectory(run.path).open(spec_file(seed=1))


def test_a_run_that_was_broken_off_goes_on_after_its_whole_rows(run: RunDirectory) -> None:
    run.log({"global_step": 1})
    run.log({"global_step": 2})
    run.close()
    run.metrics_path.write_bytes(run.metrics_path.read_bytes()[:-4])
    assert steps(run) == [1]
    with RunDirectory(run.path).open(SPEC) as again:
        again.log({"global_step": 2})
    assert steps(run) == [1, 2]


def test_rows_are_on_the_disk_after_flush(run: RunDirectory) -> None:
    run.log({"global_step": 1})
    assert steps(RunDirectory(run.path)) == []
    run.flush()
    assert steps(RunDirectory(run.path)) == [1]


@pytest.mark.parametrize("row", [{"global_step": 5}, {"global_step": 4}, {"global_step": 6.0}, {"w1": 1.0}])
def test_steps_must_be_integers_that_ascend(run: RunDirectory, row: dict[str, float]) -> None:
    run.log({"global_step": 5})
    with pytest.raises(ValueError, match="must be an integer above 5"):
        run.log(row)


def test_nothing_is_logged_before_open(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"call open\(spec\) first"):
        RunDirectory(tmp_path).log({"global_step": 0})


@settings(max_examples=20)
@given(logged=st.sets(st.integers(0, 20), max_size=6), back_to=st.integers(-1, 21))
def test_rewind_keeps_exactly_what_was_known_at_that_step(
    tmp_path_factory: pytest.TempPathFactory, logged: set[int], back_to: int
) -> None:
    with RunDirectory(tmp_path_factory.mktemp("run")).open(SPEC) as run:
        for step in sorted(logged):
            run.log({"global_step": step, "w1": 1 / (step + 3)})
            run.save_samples(step, counts=[step])
        run.rewind(back_to)
        kept = sorted(step for step in logged if step <= back_to)
        assert run.metrics() == [{"global_step": step, "w1": 1 / (step + 3)} for step in kept]
        assert list(run.samples()) == kept
        run.log({"global_step": back_to + 1})
        run.flush()
        assert steps(run) == [*kept, back_to + 1]


def test_rewind_drops_a_torn_last_line_and_later_pictures(run: RunDirectory) -> None:
    run.log({"global_step": 1})
    run.save_samples(1, counts=[1])
    run.flush()
    with run.metrics_path.open("ab") as file:
        file.write(b'{"global_st')
    for step in (1, 2):
        (run.path / "samples" / f"{step:08d}.png").touch()
    run.rewind(1)
    assert run.metrics_path.read_text() == '{"global_step": 1}\n'
    assert sorted(path.name for path in (run.path / "samples").iterdir()) == ["00000001.npz", "00000001.png"]


def test_a_full_disk_is_an_error_and_what_was_written_stays_readable(run: RunDirectory) -> None:
    rows = [{"global_step": step, "w1": 1 / (step + 1)} for step in range(30)]
    for row in rows:
        run.log(row)
    with small_disk(200), pytest.raises(OSError, match="File too large"):
        run.flush()
    kept = run.metrics()
    assert 0 < len(kept) < len(rows)
    assert kept == rows[: len(kept)]

    run.flush()
    assert run.metrics() == rows


def test_a_broken_line_in_the_middle_is_an_error(run: RunDirectory) -> None:
    run.metrics_path.write_text('{"global_step": 1}\n{"glo\n{"global_step": 3}\n')
    with pytest.raises(InputError, match=r"metrics\.jsonl, line 2 "):
        run.metrics()


def test_runs_are_found_by_their_spec_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b", "a"):
        RunDirectory(tmp_path / name).open(SPEC).close()
    (tmp_path / "wandb").mkdir()
    (tmp_path / "note.txt").touch()
    assert [run.path.name for run in runs_in(tmp_path)] == ["a", "b"]
    assert runs_in(tmp_path / "absent") == []


def test_metrics_are_lines_of_json_that_any_tool_reads(run: RunDirectory) -> None:
    run.log({"global_step": 3, "w1": float("inf")})
    run.flush()
    assert json.loads(run.metrics_path.read_text()) == {"global_step": 3, "w1": None}


def test_what_a_killed_process_left_half_written_is_removed(run: RunDirectory) -> None:
    left = [run.path / ".checkpoint.next.pt.4711.tmp", run.path / "samples" / ".00000200.npz.4711.tmp"]
    for path in left:
        path.write_bytes(b"half")
    run.close()
    run.open(run.spec())
    assert not any(path.exists() for path in left)


def test_a_summary_that_was_changed_is_refused(run: RunDirectory) -> None:
    run.finish(outcome(SPEC))
    path = run.path / "summary.json"
    whole = json.loads(path.read_text())
    path.write_text(json.dumps(whole | {"status": "diverged"}))
    with pytest.raises(InputError, match="was changed after it was written: its checksum differs"):
        run.summary()
    del whole["sha256"]
    path.write_text(json.dumps(whole))
    with pytest.raises(InputError, match="is not a summary: it has no checksum"):
        run.summary()
