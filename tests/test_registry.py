from __future__ import annotations

from dataclasses import dataclass

import pytest

from ganlab.errors import InputError
from ganlab.registry import Registry, canonical, did_you_mean


@dataclass(frozen=True)
class Thing:
    name: str
    summary: str = ""
    paper: str = ""


@pytest.fixture
def things() -> Registry[Thing]:
    registry: Registry[Thing] = Registry("thing")
    for name in ("alpha", "beta", "gamma"):
        registry.add(Thing(name))
    return registry


def test_entries_come_by_name_and_in_the_order_added(things):
    assert things["beta"] == Thing("beta")
    assert things.names == ["alpha", "beta", "gamma"]
    assert [thing.name for thing in things] == things.names


@pytest.mark.parametrize("name", ["fd_a-b", "FD_A-B", "fd-a_b", "Fd_AB"])
def test_a_name_may_differ_in_case_hyphens_and_underscores(name):
    assert canonical(name, ["fid", "fd_a-b"]) == "fd_a-b"


@pytest.mark.parametrize("name", ["fd_a-c", "", "fd a-b", "fd"])
def test_another_name_stays_as_it_is(name):
    assert canonical(name, ["fid", "fd_a-b"]) == name


def test_an_unknown_name_is_answered_with_the_nearest_ones(things):
    with pytest.raises(InputError, match=r"^unknown thing 'gama'; did you mean 'gamma'\?$"):
        things["gama"]


def test_a_name_near_to_nothing_is_answered_with_all(things):
    with pytest.raises(InputError, match="known: alpha, beta, gamma"):
        things["zzz"]


def test_of_very_many_names_the_first_are_listed():
    said = did_you_mean("xyz", [f"run-{i}" for i in range(94)])
    assert said.startswith("known: run-0, run-1, ")
    assert said.endswith("run-39 and 54 more")


def test_a_name_is_given_once(things):
    with pytest.raises(InputError, match="there already is a thing named 'beta'"):
        things.add(Thing("beta"))
