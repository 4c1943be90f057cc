"""The folder in which W&B's client keeps one run."""

from __future__ import annotations

from pathlib import Path

import pytest

from ganlab.tracking.wandb_folder import is_being_written, is_uploaded, lock_of, remove_earlier


def folder_of(parent: Path, name: str, run_id: str) -> Path:
    folder = parent / name
    folder.mkdir()
    (folder / f"run-{run_id}.wandb").write_bytes(b"")
    return folder


def test_a_folder_is_being_written_while_its_lock_is_held(tmp_path):
    assert not is_being_written(tmp_path)
    with lock_of(tmp_path):
        assert is_being_written(tmp_path)
    assert not is_being_written(tmp_path)


def test_a_run_is_uploaded_when_the_client_has_marked_it(tmp_path):
    folder = folder_of(tmp_path, "offline-run-20260101_000000-a", "a")
    assert not is_uploaded(folder)
    (folder / "run-a.wandb.synced").write_bytes(b"")
    assert is_uploaded(folder)


@pytest.mark.parametrize("run_id", ["vanilla-s0-12345678", "a[1]b"])
def test_earlier_attempts_at_the_same_run_are_removed_and_no_others(tmp_path, run_id):
    last = folder_of(tmp_path, f"offline-run-20260102_000000-{run_id}", run_id)
    folder_of(tmp_path, f"run-20260101_000000-{run_id}", run_id)
    folder_of(tmp_path, f"offline-run-20260101_000000-{run_id}", run_id)
    longer = folder_of(tmp_path, f"offline-run-20260101_000000-{run_id}9", f"{run_id}9")
    remove_earlier(last, run_id)
    assert sorted(tmp_path.iterdir()) == sorted([last, longer])
