"""Run directories that are trained as copies: what the originals have at every moment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ganlab.record import copies as module
from ganlab.record.copies import Copies, Originals
from ganlab.record.lease import HeldError, Watcher, hold
from ganlab.record.progress import JobProgress, read_progress

ABOUT = {"host": "node-7", "pid": 42}


@pytest.fixture
def run(tmp_path) -> Path:
    """An original that was trained to iteration 2."""
    run = tmp_path / "launcher/sweep/vanilla-s0"
    (run / "samples").mkdir(parents=True)
    (run / "spec.json").write_text('{"seed": 0}')
    (run / "samples/00000002.npz").write_bytes(b"two")
    (run / ".spec.json.left.tmp").write_text("of a process that was killed")
    train(run, 1, 2)
    return run


def train(run: Path, *steps: int) -> None:
    """Write the files of some iterations in the order in which training does."""
    for step in steps:
        (run / f"samples/{step:08d}.npz").write_bytes(b"sample")
        with (run / "metrics.jsonl").open("ab") as file:
            file.write(json.dumps({"global_step": step}).encode() + b"\n")
        if (run / "checkpoint.pt").exists():
            (run / "checkpoint.pt").replace(run / "checkpoint.previous.pt")
        (run / "checkpoint.next.pt").write_bytes(str(step).encode() * 20)
        (run / "checkpoint.next.pt").replace(run / "checkpoint.pt")


def contents(run: Path) -> dict[str, bytes]:
    files = [path for path in run.rglob("*") if path.is_file() and path.suffix != ".lease"]
    return {str(path.relative_to(run)): path.read_bytes() for path in files}


class Wire:
    """Carries calls to the originals, noting them, and doing something before each."""

    def __init__(self, originals: Originals) -> None:
        self._originals = originals
        self.calls: list[tuple[str, tuple]] = []
        self.before = lambda method, arguments: None

    def __call__(self, method: str, *arguments):
        self.before(method, arguments)
        self.calls.append((method, arguments))
        return getattr(self._originals, method)(*arguments)


@pytest.fixture
def originals():
    return Originals()


@pytest.fixture
def wire(originals) -> Wire:
    return Wire(originals)


def test_a_copy_has_all_files_and_its_original_all_changes(run, tmp_path, wire, originals, monkeypatch):
    monkeypatch.setattr(module, "PIECE", 7)
    copies = Copies(tmp_path / "node/sweep", [run], wire, ABOUT)
    (copy,) = copies.runs
    assert contents(copy) == contents(run)
    assert [(one.host, one.pid) for one in Watcher().holders(run)] == [("node-7", 42)]
    train(copy, 3, 4)
    (copy / "samples/00000001.npz").unlink()
    copies.send()
    assert contents(run) == {**contents(copy), "checkpoint.previous.pt": b"2" * 20}  # that of 3 was never sent
    (copy / "summary.json").write_text("{}")
    (copy / "checkpoint.previous.pt").unlink()
    copies.send()
    assert contents(run) == contents(copy)
    sizes = [len(arguments[4]) for method, arguments in wire.calls if method == "write"]
    assert max(sizes) <= 7
    assert len(sizes) > 10
    originals.release([run])
    assert Watcher().holders(run) == []


def test_what_did_not_change_is_not_sent_again(run, tmp_path, wire):
    copies = Copies(tmp_path / "node/sweep", [run], wire, ABOUT)
    wire.calls.clear()
    copies.send()
    assert [method for method, _ in wire.calls] == ["is_asked_to_end"]


def test_whenever_training_goes_on_meanwhile_the_original_can_be_continued(run, tmp_path, wire, monkeypatch):
    """Every call may be the last one: rows cover the checkpoint, and samples the rows."""
    monkeypatch.setattr(module, "PIECE", 64)
    copies = Copies(tmp_path / "node/sweep", [run], wire, ABOUT)
    steps = iter(range(3, 1000))

    def check_and_train_on(method, arguments):
        rows = [json.loads(line)["global_step"] for line in (run / "metrics.jsonl").read_bytes().splitlines()]
        found = (run / "checkpoint.pt").read_bytes() or b"0"
        assert found == found[: len(found) // 20] * 20  # whole
        assert int(found[: len(found) // 20]) <= rows[-1]
        assert rows == list(range(1, rows[-1] + 1))
        assert all((run / f"samples/{step:08d}.npz").exists() for step in rows)
        if method == "write":
            train(copies.runs[0], next(steps))

    train(copies.runs[0], next(steps))
    wire.before = check_and_train_on
    for _ in range(4):
        copies.send()
    assert int((run / "checkpoint.pt").read_bytes()[:2]) > 10


def test_rows_that_are_being_written_are_sent_without_the_last_one(run, tmp_path, wire):
    copies = Copies(tmp_path / "node/sweep", [run], wire, ABOUT)
    with (copies.runs[0] / "metrics.jsonl").open("ab") as file:
        file.write(b'{"global_step": 3}\n{"global_')
    copies.send()
    assert (run / "metrics.jsonl").read_bytes().endswith(b'{"global_step": 3}\n')


def test_who_was_taken_for_dead_cannot_write_any_more(run, tmp_path, wire):
    first = Copies(tmp_path / "first/sweep", [run], wire, ABOUT)
    second = Copies(tmp_path / "second/sweep", [run], wire, ABOUT)
    train(first.runs[0], 3)
    before = contents(run)
    with pytest.raises(HeldError, match="was given to another process, because this one was taken for dead"):
        first.send()
    assert contents(run) == before
    train(second.runs[0], 3)
    second.send()
    assert (run / "checkpoint.pt").read_bytes() == b"3" * 20


def test_runs_that_another_launcher_holds_are_not_begun(run, tmp_path, wire, monkeypatch):
    monkeypatch.setattr(module, "PATIENCE", 0.0)
    with hold([run]), pytest.raises(HeldError, match="is held by process"):
        Copies(tmp_path / "node/sweep", [run], wire, ABOUT)


def test_a_file_that_arrives_changed_takes_no_place(run, originals):
    token, _ = originals.begin([run], ABOUT)
    before = contents(run)
    with pytest.raises(OSError, match="is not what was sent"):
        originals.write(token, run, "checkpoint.pt", 0, b"garbled", "0" * 64)
    assert contents(run) == before


@pytest.mark.parametrize("name", ["../spec.json", "samples/../spec.json", "/etc/passwd", "samples/..", "deep/er"])
def test_no_file_outside_the_run_is_read_or_written(run, originals, name):
    token, _ = originals.begin([run], ABOUT)
    with pytest.raises(ValueError, match="is no file of a run directory"):
        originals.read(token, run, name, 0)
    with pytest.raises(ValueError, match="is no file of a run directory"):
        originals.write(token, run, name, 0, b"", "0" * 64)


def test_a_damaged_checkpoint_that_is_set_aside_does_not_replace_the_one_before(run, tmp_path, wire):
    (run / "checkpoint.pt").write_bytes(b"damaged")
    copies = Copies(tmp_path / "node/sweep", [run], wire, ABOUT)
    (copy,) = copies.runs
    (copy / "checkpoint.pt").replace(copy / "checkpoint.damaged.pt")
    train(copy, 3)
    copies.send()
    kept = {path.name: path.read_bytes() for path in run.glob("checkpoint.*")}
    whole = {"checkpoint.pt": b"3" * 20, "checkpoint.previous.pt": b"1" * 20}
    assert kept == {**whole, "checkpoint.damaged.pt": b"damaged"}


def test_texts_name_the_original_and_a_stop_reaches_the_copy(run, tmp_path, wire):
    folder = tmp_path / "node/sweep"
    copies = Copies(folder, [run], wire, ABOUT)
    failed = {"iteration": 0, "start": 0, "steps": 40, "alive": 0, "device": "cpu"}
    reason = f"{copies.runs[0]}/spec.json is broken"
    JobProgress(runs=("vanilla-s0",), phase="failed", reason=reason, **failed).write(copies.runs[0])
    (run.parent / "stop").touch()
    copies.send()
    assert read_progress(run).reason == f"{run}/spec.json is broken" == copies.in_words_of_originals(reason)
    assert (folder / "stop").exists()


def test_a_fault_of_sending_is_raised_where_the_copy_is_trained(run, tmp_path, wire, originals, monkeypatch):
    monkeypatch.setattr(module, "SECONDS_BETWEEN_SENDINGS", 0.01)
    copies = Copies(tmp_path / "node/sweep", [run], wire, ABOUT)
    with pytest.raises(HeldError), copies.sent_regularly() as check:  # noqa: PT012 - until it has been noticed
        originals.release([run])
        while True:
            check()
