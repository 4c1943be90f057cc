"""Which commit ganlab runs from, in real repositories."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from ganlab.record.checkout import Checkout, checkout_of

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


def git(folder: Path, *arguments: str) -> str:
    name = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    done = subprocess.run(["git", "-C", str(folder), *name, *arguments], check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with one file, not committed yet, in a repository that also holds other files."""
    package = tmp_path / "project" / "package"
    package.mkdir(parents=True)
    (package / "code.py").write_text("1\n")
    (package.parent / "notes.txt").write_text("a\n")
    git(package.parent, "init", "--quiet")
    return package


@pytest.fixture
def commit(package: Path) -> str:
    git(package, "add", "--all", "..")
    git(package, "commit", "--quiet", "--message", "first")
    return git(package, "rev-parse", "HEAD")


def test_a_clean_checkout_is_its_commit(package, commit):
    assert checkout_of(package) == Checkout(commit=commit, dirty=False)


def test_a_changed_file_of_the_package_makes_it_dirty_and_other_changes_do_not(package, commit):
    (package.parent / "notes.txt").write_text("b\n")
    (package / "new.py").write_text("2\n")
    assert checkout_of(package) == Checkout(commit=commit, dirty=False)
    (package / "code.py").write_text("2\n")
    assert checkout_of(package) == Checkout(commit=commit, dirty=True)


def test_a_staged_change_and_a_removed_file_are_dirty_too(package, commit):
    (package / "code.py").write_text("2\n")
    git(package, "add", "code.py")
    assert checkout_of(package).dirty
    git(package, "reset", "--quiet", "--hard")
    (package / "code.py").unlink()
    assert checkout_of(package).dirty


def test_a_package_that_the_repository_around_it_does_not_track_has_no_checkout(package, commit):
    installed = package.parent / "environment" / "site-packages" / "package"
    installed.mkdir(parents=True)
    (installed / "code.py").write_text("1\n")
    assert checkout_of(installed) is None


def test_a_repository_without_a_commit_and_a_folder_without_a_repository_have_none(package, tmp_path):
    git(package, "add", "code.py")
    assert checkout_of(package) is None
    (tmp_path / "bare").mkdir()
    assert checkout_of(tmp_path / "bare") is None


def test_without_git_there_is_none(package, commit, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert checkout_of(package) is None
