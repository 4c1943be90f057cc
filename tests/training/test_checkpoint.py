"""A member's state on disk."""

from __future__ import annotations

import pytest
import torch

from ganlab.errors import InputError
from ganlab.training import checkpoint
from ganlab.training.checkpoint import fingerprint, named_leaves
from ganlab.training.setup import build_member, load_data


@pytest.fixture
def state(specs_of):
    (spec,) = specs_of("variants=wgan-gp")
    return build_member(spec, load_data(spec)).initial_state()


def test_a_state_comes_back_bit_by_bit_with_its_iteration(state, tmp_path):
    checkpoint.save(tmp_path / "checkpoint.pt", 7, state)
    iteration, again = checkpoint.load(tmp_path / "checkpoint.pt", like=state)
    assert iteration == checkpoint.iteration_of(tmp_path / "checkpoint.pt") == 7
    before, after = named_leaves(state), named_leaves(again)
    assert before.keys() == after.keys()
    assert all(torch.equal(before[name], after[name]) and before[name].dtype == after[name].dtype for name in before)
    assert fingerprint(again) == fingerprint(state)


def test_the_fingerprint_changes_with_any_bit(state):
    before = fingerprint(state)
    bias = state.critic.parameters["1.bias"]
    bias[0] = torch.nextafter(bias[0], torch.tensor(2.0))
    assert fingerprint(state) != before


def test_no_checkpoint_is_iteration_zero(tmp_path):
    assert checkpoint.iteration_of(tmp_path / "checkpoint.pt") == 0


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04"])
def test_a_damaged_file_is_named_with_the_remedy(state, tmp_path, content):
    path = tmp_path / "checkpoint.pt"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"checkpoint\.pt is not a checkpoint of this run.*remove the run's folder"):
        checkpoint.load(path, like=state)


def test_the_state_of_other_networks_is_refused(state, specs_of, tmp_path):
    (deeper,) = specs_of("builder.widths=[8,8]")
    other = build_member(deeper, load_data(deeper)).initial_state()
    checkpoint.save(tmp_path / "checkpoint.pt", 1, state)
    with pytest.raises(InputError, match=r"lacks .* of this run's state"):
        checkpoint.load(tmp_path / "checkpoint.pt", like=other)
