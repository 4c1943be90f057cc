"""The comparison of two commits' speed."""

from __future__ import annotations

import subprocess

import compare_commits

BENCHMARK = """torch 2.11.0, 2 cores; eager loop: 2 threads, population: 1 a process
 article  vanilla  S=1   eager    1,293  population    4,612 seed-it/s  in 1 process    3.5x
   small  wgan-gp  S=32  eager      383  population   51,146 seed-it/s  in 2 processes  133.0x
   small  vanilla  8 seeds x 10,000 iterations: eager 59 s  ganlab sweep 18 s  3.3x
"""


def test_ratios_are_read_from_the_benchmark():
    assert compare_commits.ratios(BENCHMARK) == {"article vanilla S=1": 3.5, "small wgan-gp S=32": 133.0}


def test_commits_are_compared_round_by_round():
    rounds = [({"a": 2.0, "gone": 1.0}, {"a": 3.0}), ({"a": 4.0}, {"a": 4.0}), ({"a": 1.0}, {"a": 2.0})]
    (line,) = compare_commits.comparison(rounds)
    assert line.split() == ["a", "1.50x", "as", "fast", "(1.00", "to", "2.00", "in", "3", "rounds)"]


def test_a_worktree_is_removed_again(tmp_path, monkeypatch):
    for command in ("init -q", "-c user.name=a -c user.email=a@b commit -q --allow-empty -m first"):
        subprocess.run(["git", "-C", tmp_path, *command.split()], check=True)
    monkeypatch.setattr(compare_commits, "REPOSITORY", tmp_path)
    with compare_commits.checked_out("HEAD") as place:
        assert (place / ".git").is_file()
    command = ["git", "-C", tmp_path, "worktree", "list"]
    worktrees = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert len(worktrees.splitlines()) == 1
