"""A member's state on disk."""

from __future__ import annotations

import os
import random

import pytest
import torch
from playing import state_of
from records import outcome

from ganlab.errors import InputError
from ganlab.record import RunDirectory, SpecFile
from ganlab.training import checkpoint
from ganlab.training.checkpoint import fingerprint, named_leaves


@pytest.fixture
def spec(specs_of):
    return specs_of("variants=wgan-gp")[0]


@pytest.fixture
def state(spec):
    return state_of(spec)


@pytest.fixture
def run(tmp_path, spec):
    with RunDirectory(tmp_path / "run").open(SpecFile.of(spec, "test")) as run:
        yield run


def test_a_state_comes_back_bit_by_bit_with_its_iteration(run, spec, state):
    checkpoint.save(run, spec, 7, state)
    found = checkpoint.find(run, spec)
    assert found.content.iteration == 7
    assert found.fault == ""
    again = found.state(like=state)
    before, after = named_leaves(state), named_leaves(again)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) and before[name].dtype == after[name].dtype for name in before)
    assert fingerprint(again) == fingerprint(state)


def test_the_fingerprint_changes_with_any_bit(state):
    before = fingerprint(state)
    bias = state.players["discriminator"].parameters["1.bias"]
    bias[0] = torch.nextafter(bias[0], torch.tensor(2.0))
    assert fingerprint(state) != before


def test_a_run_that_has_no_checkpoint_has_none(run, spec):
    assert checkpoint.find(run, spec) is None
    with pytest.raises(InputError, match="has no checkpoint yet; run its sweep first"):
        checkpoint.require(run, spec)


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04"])
def test_a_damaged_file_is_named_with_the_remedy(run, spec, content):
    run.checkpoint_path.write_bytes(content)
    with pytest.raises(
        InputError, match=r"checkpoint\.pt is no checkpoint, or a damaged one.*remove its folder: rm -r"
    ):
        checkpoint.find(run, spec)


def test_any_flipped_bit_of_the_state_is_noticed_and_the_checkpoint_before_is_used(run, spec, state):
    """Bits between the members of the zip file, which nothing reads, may be anything."""
    checkpoint.save(run, spec, 10, state)
    checkpoint.save(run, spec, 20, state)
    whole = run.checkpoint_path.read_bytes()
    noticed = 0
    for position in random.Random(0).sample(range(len(whole)), 200):
        flipped = bytearray(whole)
        flipped[position] ^= 1 << position % 8
        run.checkpoint_path.write_bytes(flipped)
        found = checkpoint.find(run, spec)
        assert fingerprint(found.state(state)) == fingerprint(state)
        noticed += found.content.iteration == 10
        assert (found.content.iteration, found.fault == "") in ((10, False), (20, True))
    assert noticed > 20


@pytest.mark.parametrize("kept", [0.0, 0.2, 0.9, 0.999])
def test_of_a_file_that_was_cut_off_the_one_before_is_used(run, spec, state, kept):
    checkpoint.save(run, spec, 10, state)
    checkpoint.save(run, spec, 20, state)
    whole = run.checkpoint_path.read_bytes()
    run.checkpoint_path.write_bytes(whole[: int(kept * len(whole))])
    found = checkpoint.find(run, spec)
    assert found.content.iteration == 10
    assert "checkpoint.pt is no checkpoint, or a damaged one" in found.fault


def test_between_two_renames_the_one_before_is_there(run, spec, state):
    checkpoint.save(run, spec, 10, state)
    run.checkpoint_path.replace(run.previous_checkpoint_path)
    found = checkpoint.find(run, spec)
    assert (found.content.iteration, found.fault) == (10, "")


def test_what_is_not_read_back_as_it_was_written_takes_no_place(run, spec, state, monkeypatch):
    """On a disk that says that all is written, and has other bytes."""
    checkpoint.save(run, spec, 10, state)
    checkpoint.save(run, spec, 20, state)
    with monkeypatch.context() as lying:
        lying.setattr(os, "fsync", lambda file: os.pwrite(file, b"\xff" * 500, os.fstat(file).st_size // 2))
        for iteration in (30, 40):
            with pytest.raises(InputError, match=r"what is read is not what was written: .*; choose another disk"):
                checkpoint.save(run, spec, iteration, state)
    found = checkpoint.find(run, spec)
    assert (found.content.iteration, found.fault) == (20, "")
    assert run.previous_checkpoint_path.exists()


def altered(run, **changes):
    content = torch.load(run.checkpoint_path, weights_only=True)
    torch.save(content | changes, run.checkpoint_path)


def test_another_iteration_or_state_under_the_same_checksum_is_noticed(run, spec, state):
    checkpoint.save(run, spec, 10, state)
    altered(run, iteration=8010)
    with pytest.raises(InputError, match="its checksum is not that of its content"):
        checkpoint.find(run, spec)
    leaves = named_leaves(state)
    altered(run, iteration=10, state={**leaves, ".alive": leaves[".alive"].logical_not()})
    with pytest.raises(InputError, match="its checksum is not that of its content"):
        checkpoint.find(run, spec)


def test_the_checkpoint_of_another_seed_is_refused(run, spec, state):
    other = spec.model_copy(update={"seed": 1})
    checkpoint.save(run, other, 10, state)
    with pytest.raises(InputError, match=r"checkpoint\.pt is the checkpoint of another run"):
        checkpoint.find(run, spec)


def test_a_state_of_other_shapes_or_types_is_refused(run, spec, state, specs_of):
    (deeper,) = specs_of("builder.widths=[8,8]")
    checkpoint.save(run, spec, 1, state)
    with pytest.raises(InputError, match=r"has no .* as this run's networks need it"):
        checkpoint.find(run, spec).state(like=state_of(deeper))
    generator = state.players["generator"]
    weights = {name: leaf.double() for name, leaf in generator.parameters.items()}
    players = {**state.players, "generator": generator._replace(parameters=weights)}
    checkpoint.save(run, spec, 2, state._replace(players=players))
    with pytest.raises(InputError, match=r"has no \.players\['generator'\].* as this run's networks need it"):
        checkpoint.find(run, spec).state(like=state)


def test_a_run_that_is_done_has_the_state_that_its_summary_tells_of(run, spec, state, specs_of):
    checkpoint.save(run, spec, 40, state)
    run.finish(outcome(run.spec(), state_sha256="0" * 64))
    with pytest.raises(InputError, match=r"does not hold the state that summary\.json tells of; bring back the one"):
        checkpoint.require(run, spec)


def test_no_code_in_a_file_is_run(run, spec, tmp_path):
    class Code:
        def __reduce__(self):
            return (tmp_path.joinpath("ran").touch, ())

    torch.save({"spec_sha256": "", "iteration": 1, "checksum": "", "state": Code()}, run.checkpoint_path)
    with pytest.raises(InputError, match="is no checkpoint, or a damaged one"):
        checkpoint.find(run, spec)
    assert not (tmp_path / "ran").exists()
