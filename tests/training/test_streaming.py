"""Images that do not fit on the device are brought there as they are needed, and change no bit."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganlab.data import load
from ganlab.games import Task, make_game, make_prior
from ganlab.training import setup
from ganlab.training.batches import Batches
from ganlab.training.devices import has_room
from ganlab.training.streams import BLOCK, CPU

pytestmark = pytest.mark.usefixtures("small_cache")

TASK = Task(sample_shape=(1, 8, 8), condition=None, prior=make_prior("normal", {}, 2))
GAME = make_game("vanilla", {}, (), (), TASK)
RUN = (
    "data={name: digits, flips: true}",
    "conditional=true",
    "builder={name: dcgan, width: 4}",
    "steps=20",
    "evaluation={every: 20, samples: 100}",
)


@pytest.fixture
def no_room(monkeypatch):
    monkeypatch.setattr(setup, "has_room", lambda device, tables: False)


def same_bits(first, second) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("compiled", [False, pytest.param(True, marks=[pytest.mark.slow, pytest.mark.long])])
def test_a_run_on_streamed_images_has_the_bits_of_one_on_resident_images(specs_of, train, monkeypatch, compiled):
    specs = specs_of(*RUN)
    resident = train(specs, compiled=compiled)
    monkeypatch.setattr(setup, "has_room", lambda device, tables: False)
    streamed = train(specs, compiled=compiled)
    assert len(streamed.trainer._batches["discriminator"].storage[0]) == BLOCK * specs[0].batch_size
    assert same_bits(streamed.leaves(), resident.leaves())


def test_a_streamed_run_that_is_broken_off_goes_on_with_the_same_bits(specs_of, train, tmp_path, no_room):
    specs = specs_of(*RUN)
    whole = train(specs)
    train(specs, folder=tmp_path / "broken", stop_at=13)
    assert same_bits(whole.leaves(), train(specs, folder=tmp_path / "broken").leaves())


@settings(max_examples=5, deadline=None)
@given(st.lists(st.integers(0, 40 * BLOCK), min_size=1, max_size=4))
def test_each_update_sees_the_same_samples_wherever_one_comes_from(updates):
    data = load("digits", {"flips": True}, "test")
    resident = Batches("discriminator", GAME, [3, 1], data, 4, storage=data.storage)
    streamed = Batches("discriminator", GAME, [3, 1], data, 4, storage=None)
    for update in updates:
        for member in range(2):
            seen = [data.transform(one.at(update).entries[member], one.storage) for one in (resident, streamed)]
            assert torch.equal(seen[0][0], seen[1][0])
            assert torch.equal(seen[0][1], seen[1][1])


STREAM_AND_FAIL = """
from ganlab.data import load
from ganlab.games import Task, make_game, make_prior
from ganlab.training.batches import Batches
task = Task(sample_shape=(1, 8, 8), condition=None, prior=make_prior("normal", {}, 2))
game = make_game("vanilla", {}, (), (), task)
batches = Batches("discriminator", game, [0], load("digits", {}, "test"), 4, storage=None)
batches.at(0)
raise OSError("disk full")
"""


def test_a_process_that_fails_while_it_streams_ends():
    process = subprocess.run([sys.executable, "-c", STREAM_AND_FAIL], capture_output=True, text=True, timeout=120)
    assert process.returncode == 1
    assert process.stderr.endswith("OSError: disk full\n")


def test_what_is_looked_up_decodes_to_the_same():
    data = load("digits", {"flips": True}, "test")
    drawn = data.draw(torch.Generator().manual_seed(0), 500)
    places, tables = data.gather(drawn)
    assert [len(table) for table in tables] == [500, 500]
    for there, here in zip(data.transform(places, tables), data.transform(drawn, data.storage), strict=True):
        assert torch.equal(there, here)


@pytest.mark.parametrize(("free", "room"), [(2000, True), (1999, False)])
def test_tables_stay_on_a_gpu_if_they_leave_half_of_its_free_memory(monkeypatch, free, room):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free, 10**9))
    tables = [torch.zeros(100, dtype=torch.int64), torch.zeros(200, dtype=torch.uint8)]
    assert has_room(torch.device("cuda:0"), tables) is room


def test_on_a_processor_tables_are_always_where_they_are_needed():
    assert has_room(CPU, [torch.zeros(1).expand(2**50)])
