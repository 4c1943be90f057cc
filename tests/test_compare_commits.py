"""The comparison of two commits' speed."""

from __future__ import annotations

import subprocess

import compare_commits
import pytest


def test_the_median_ratio_is_given_with_the_middle_half_of_all():
    words = compare_commits.in_words([0.5, 1.0, 1.1, 1.2, 9.0])
    assert words == "1.100x as fast (0.750 to 5.100: the middle half of 5 pairs)"


@pytest.mark.slow
def test_a_commit_is_as_fast_as_itself():
    """How fast is no part of the test: that two processes train in turn, and are gone after that."""
    place = compare_commits.REPOSITORY
    ratios = compare_commits.ratios_of(place, place, ("small", "vanilla", "1"), windows=2, seconds=0.01)
    assert len(ratios) == 2
    assert all(ratio > 0 for ratio in ratios)


def test_a_worktree_is_removed_again(tmp_path, monkeypatch):
    for command in ("init -q", "-c user.name=a -c user.email=a@b commit -q --allow-empty -m first"):
        subprocess.run(["git", "-C", tmp_path, *command.split()], check=True)
    monkeypatch.setattr(compare_commits, "REPOSITORY", tmp_path)
    with compare_commits.checked_out("HEAD") as place:
        assert (place / ".git").is_file()
    command = ["git", "-C", tmp_path, "worktree", "list"]
    worktrees = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert len(worktrees.splitlines()) == 1
