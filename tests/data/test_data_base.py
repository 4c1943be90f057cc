import pytest

from ganlab.data import DATA, load
from ganlab.errors import InputError


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


def test_an_unknown_data_set_names_the_nearest():
    with pytest.raises(InputError, match="unknown data set 'gausian'; did you mean 'gaussian'"):
        load("gausian", {}, "test")
