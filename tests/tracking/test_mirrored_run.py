from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from recorder import Recorder, w1

from ganlab.record import SpecFile, Summary
from ganlab.record.run_directory import RunDirectory
from ganlab.tracking.mirror_process import _complaints
from ganlab.tracking.mirrored_run import MirroredRun


class Listener:
    """A tracker that remembers what it was told, and fails at the call named `fails_at`."""

    def __init__(self, fails_at: str = "") -> None:
        self.fails_at = fails_at
        self.heard: list[tuple[Any, ...]] = []

    def start(self, spec: SpecFile, folder: Path) -> None:
        self._hear("start", spec.id)

    def log(self, global_step: int, numbers: Mapping[str, float]) -> None:
        self._hear("log", global_step, dict(numbers))

    def image(self, global_step: int, name: str, path: Path) -> None:
        self._hear("image", global_step, path.name)

    def finish(self, summary: Summary | None) -> None:
        self._hear("finish", summary and summary.status)

    def _hear(self, *what: Any) -> None:
        if what[0] == self.fails_at:
            raise ConnectionResetError("gone")
        self.heard.append(what)

    def steps(self, kind: str) -> list[int]:
        return [what[1] for what in self.heard if what[0] == kind]


def follow(recorder: Recorder, listener: Listener) -> MirroredRun:
    return MirroredRun(recorder.run, listener)


def test_a_run_is_told_from_its_start_to_its_finish(record: Callable[..., Recorder]) -> None:
    recorder, listener = record().train(0, 300, every=200).finish(), Listener()
    run = follow(recorder, listener)
    assert run.update()
    run.finish()
    assert listener.heard == [
        ("start", "gaussian-lsgan-0"),
        ("log", 0, {"w1": w1(0), "gap": None}),
        ("image", 0, "00000000.png"),
        ("log", 100, {"w1": w1(100), "gap": None}),
        ("log", 200, {"w1": w1(200), "gap": None}),
        ("image", 200, "00000200.png"),
        ("finish", "finished"),
    ]
    assert not run.update()
    run.finish()
    assert len(listener.heard) == 7


def test_what_is_new_is_told_once(record: Callable[..., Recorder]) -> None:
    recorder, listener = record(), Listener()
    run = follow(recorder, listener)
    for start in (0, 200, 400):
        recorder.train(start, start + 200)
        assert not run.update()
        assert not run.update()
    assert listener.steps("log") == listener.steps("image") == [0, 100, 200, 300, 400, 500]


def test_a_run_may_be_followed_before_it_begins(sweep: Path, record: Callable[..., Recorder]) -> None:
    listener = Listener()
    run = MirroredRun(RunDirectory(sweep / "seed-0"), listener)
    assert not run.update()
    record(seed=0).train(0, 100)
    run.update()
    assert listener.steps("log") == [0]


def test_a_run_that_never_began_is_not_mentioned(sweep: Path) -> None:
    listener = Listener()
    run = MirroredRun(RunDirectory(sweep / "seed-0"), listener)
    run.update()
    run.finish()
    assert listener.heard == []


def test_a_picture_waits_for_the_rows_before_it(record: Callable[..., Recorder]) -> None:
    recorder, listener = record(), Listener()
    run = follow(recorder, listener)
    recorder.run.log({"global_step": 0})
    recorder.run.flush()
    recorder.save_samples(100)
    run.update()
    assert listener.heard == [("start", "gaussian-lsgan-0"), ("log", 0, {})]
    recorder.run.log({"global_step": 100})
    recorder.run.flush()
    run.update()
    assert listener.heard[2:] == [("log", 100, {}), ("image", 100, "00000100.png")]


def test_a_picture_is_drawn_although_another_process_removes_what_is_temporary(
    record: Callable[..., Recorder], monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder, listener = record().train(0, 100), Listener()
    sync = os.fsync

    def sync_and_lose(file: int) -> None:
        monkeypatch.setattr("os.fsync", sync)
        recorder.run._remove_incomplete_files()

    monkeypatch.setattr("os.fsync", sync_and_lose)
    run = follow(recorder, listener)
    run.update()
    assert run.fault is None
    assert listener.steps("image") == [0]


def test_a_run_that_is_planned_but_has_no_row_yet_is_not_begun(record: Callable[..., Recorder]) -> None:
    recorder, listener = record(), Listener()
    run = follow(recorder, listener)
    assert not run.update()
    run.finish()
    assert listener.heard == []


def test_rows_that_a_rewound_run_logs_again_are_not_told_again(record: Callable[..., Recorder]) -> None:
    recorder, listener = record().train(0, 500), Listener()
    run = follow(recorder, listener)
    run.update()
    recorder.run.rewind(200)
    run.update()
    recorder.train(300, 700)
    run.update()
    assert listener.steps("log") == listener.steps("image") == [0, 100, 200, 300, 400, 500, 600]
    assert len(list(recorder.path.glob("samples/*.png"))) == 7


def test_a_run_without_summary_is_finished_as_stopped(record: Callable[..., Recorder]) -> None:
    recorder, listener = record().train(0, 100), Listener()
    run = follow(recorder, listener)
    run.update()
    run.finish()
    assert listener.heard[-1] == ("finish", None)


@pytest.mark.parametrize("call", ["start", "log", "image", "finish"])
def test_a_tracker_that_fails_hears_no_more_and_pictures_are_drawn(record: Callable[..., Recorder], call: str) -> None:
    recorder, listener = record().train(0, 300).finish(), Listener(fails_at=call)
    run = follow(recorder, listener)
    assert run.update()
    run.finish()
    assert isinstance(run.fault, ConnectionResetError)
    assert len(listener.heard) == {"start": 0, "log": 1, "image": 2, "finish": 7}[call]
    assert len(list(recorder.path.glob("samples/*.png"))) == 3


def test_a_run_with_a_broken_row_ends_as_stopped_even_if_it_has_a_summary(
    record: Callable[..., Recorder],
) -> None:
    recorder, listener = record().train(0, 100).finish(), Listener()
    with recorder.run.metrics_path.open("ab") as file:
        file.write(b"broken\n")
    run = follow(recorder, listener)
    assert run.update()
    run.finish()
    assert "line 2" in str(run.fault)
    assert listener.heard == [("start", "gaussian-lsgan-0"), ("finish", None)]


@pytest.mark.parametrize(
    "arrays",
    [
        {},
        {"picture": "nothing"},
        {"picture": "density"},
        {"picture": "density", "edges": ["a"], "counts": [[1, 2]], "density": []},
        {"picture": "grid", "images": [1.0], "raw": [1.0]},
        {"picture": "scatter", "points": [[1, 2]], "real": [[0, 1]], "names": [1]},
    ],
)
def test_samples_that_cannot_be_drawn_are_set_aside_once_and_all_else_goes_on(
    record: Callable[..., Recorder], arrays: dict[str, Any]
) -> None:
    recorder, listener = record().train(0, 300), Listener()
    np.savez(recorder.path / "samples" / "00000100.npz", **{name: np.array(one) for name, one in arrays.items()})
    (recorder.path / "samples" / "².npz").write_bytes(b"")
    run = follow(recorder.finish(), listener)
    assert run.update()
    run.finish()
    assert listener.steps("image") == [0, 200]
    assert listener.heard[-1] == ("finish", "finished")
    assert run.fault is None
    ((file, why),) = run.set_aside.items()
    assert file.name == "00000100.npz"
    assert "00000100.npz" in why
    (line,) = _complaints([run])
    assert line.startswith("1 files of samples were set aside")
