import threading
import time
from pathlib import Path

import pytest
import torch

from ganlab.errors import InputError
from ganlab.evaluation.images.cache import cache_folder, kept


def test_what_is_kept_is_made_once(tmp_path):
    file = tmp_path / "folder" / "numbers.pt"
    first = kept(file, lambda: {"numbers": torch.arange(3)})
    again = kept(file, lambda: pytest.fail("it is there already"))
    assert first["numbers"].tolist() == again["numbers"].tolist() == [0, 1, 2]


def test_of_several_that_want_it_one_makes_it(tmp_path):
    made = []

    def make():
        made.append(1)
        time.sleep(0.1)
        return {"number": 7}

    threads = [threading.Thread(target=kept, args=(tmp_path / "number.pt", make)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [1]


def test_a_making_that_breaks_off_leaves_nothing(tmp_path):
    file = tmp_path / "numbers.pt"
    with pytest.raises(ZeroDivisionError):
        kept(file, lambda: {"number": 1 / 0})
    assert not file.exists()
    assert kept(file, lambda: {"number": 7}) == {"number": 7}


def test_a_damaged_file_is_named(tmp_path):
    file = tmp_path / "numbers.pt"
    kept(file, lambda: {"numbers": torch.arange(1_000)})
    file.write_bytes(file.read_bytes()[:1_000])
    with pytest.raises(InputError, match=r"numbers\.pt is damaged; remove it"):
        kept(file, dict)


def test_the_folder_is_the_environments_or_in_the_home_directory(monkeypatch, tmp_path):
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.delenv("GANLAB_CACHE")
    assert cache_folder() == Path.home() / ".cache" / "ganlab"


def test_a_folder_that_takes_no_files_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match=r"cannot be written .*; set GANLAB_CACHE to a folder of yours"):
        kept(tmp_path / "file" / "numbers.pt", dict)


def test_a_fault_of_the_making_is_not_blamed_on_the_folder(tmp_path):
    def make():
        raise PermissionError(13, "no", "somewhere else")

    with pytest.raises(PermissionError, match="somewhere else"):
        kept(tmp_path / "numbers.pt", make)
