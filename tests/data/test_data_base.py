import pytest

from ganlab.data import DATA, Data, DataSource, load
from ganlab.errors import InputError
from ganlab.options import Options


def test_importing_the_room_registers_every_source():
    assert set(DATA.names) >= {
        "gaussian",
        "gaussian-mixture",
        "uniform",
        "laplace",
        "student-t",
        "lognormal",
        "column",
        "sklearn",
    }


class _Silent(Data):
    sample_shape = (1,)

    def __init__(self, fingerprint):
        self.fingerprint = fingerprint

    def draw(self, generator, count):
        raise NotImplementedError


class _Path(Options):
    path: str


def test_data_that_reads_a_file_and_does_not_tell_of_it_is_refused():
    for name, fingerprint in (("silent", {}), ("telling", {"sha256": "0"})):
        DATA.add(
            DataSource(
                name=name,
                summary="for this test",
                options=_Path,
                load=lambda options, fingerprint=fingerprint: _Silent(fingerprint),
                paths=("path",),
            )
        )
    with pytest.raises(InputError, match=r"data 'silent': .*its fingerprint says nothing of it"):
        load("silent", {"path": "a.csv"}, "data 'silent'")
    assert load("telling", {"path": "a.csv"}, "data 'telling'").fingerprint


def test_an_unknown_data_set_names_the_nearest():
    with pytest.raises(InputError, match="unknown data set 'gausian'; did you mean 'gaussian'"):
        load("gausian", {}, "test")
