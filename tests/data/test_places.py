from pathlib import Path

import pytest

from ganlab.data.places import data_root, may_download, user_path
from ganlab.errors import InputError


@pytest.mark.parametrize(("value", "folder"), [(None, "data"), ("", "data"), ("/sets", "/sets")])
def test_the_data_root_is_that_of_the_environment_or_data(monkeypatch, value, folder):
    monkeypatch.delenv("GANLAB_DATA", raising=False)
    if value is not None:
        monkeypatch.setenv("GANLAB_DATA", value)
    assert data_root() == Path(folder)


def test_nothing_is_downloaded_unless_that_is_asked_for(monkeypatch):
    monkeypatch.delenv("GANLAB_DOWNLOAD", raising=False)
    assert not may_download()
    monkeypatch.setenv("GANLAB_DOWNLOAD", "1")
    assert may_download()


def test_a_tilde_is_the_home_directory(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ada")
    assert user_path("~/sets") == Path("/home/ada/sets")
    with pytest.raises(InputError, match=r"^'~no-such-user/x' starts in no known home directory"):
        user_path("~no-such-user/x")


def test_a_variable_in_braces_is_that_of_the_environment(monkeypatch):
    monkeypatch.setenv("SETS", "/sets")
    assert user_path("${SETS}/cats") == Path("/sets/cats")
    assert user_path("$SETS/a$b") == Path("$SETS/a$b")
    monkeypatch.delenv("SETS")
    with pytest.raises(InputError, match="names the environment variable SETS, which is not set"):
        user_path("${SETS}/cats")


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("a\0b", "holds a NUL character"),
        ("\ud800.csv", "holds a character that no name of a file can"),
        (f"cats/{'x' * 256}", "is too long for a path; a name has at most 255 bytes"),
        ("x/" * 2500, "is too long for a path; a name has at most 255 bytes, a path 4095"),
    ],
)
def test_a_path_that_no_file_can_have_is_refused(path, message):
    with pytest.raises(InputError, match=message):
        user_path(path)
