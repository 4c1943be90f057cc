"""Games of learnt features and of autoencoders: a member's bits are its own, in company and after an interruption."""

from __future__ import annotations

import pytest
import torch

GAMES = {
    "began": "{name: began, game: {lambda_k: 0.1}}",
    "ebgan": "{name: ebgan, game: {margin: 1.0}}",
    "mmd-gan": "mmd-gan",
    "mmd-gan-gaussian": "{name: mmd-gan, game: {kernel: gaussian}}",
    "cramer": "cramer",
}


def same_bits(first, second) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.slow
@pytest.mark.parametrize(
    "entry",
    [pytest.param(one, id=name, marks=pytest.mark.long) for name, one in GAMES.items()],
)
def test_a_member_has_the_same_bits_alone_and_among_three(specs_of, train, entry):
    common = (f"variants=[{entry}]", "data={name: ring}", "steps=20", "evaluation.every=20")
    together = train(specs_of(*common, "seeds=[4,0,9]"), compiled=True)
    for index, seed in enumerate((4, 0, 9)):
        alone = train(specs_of(*common, f"seeds=[{seed}]"), compiled=True)
        assert same_bits(alone.leaves(), together.leaves(index))
    assert together.trainer.population.state.alive.all()


@pytest.mark.parametrize("entry", GAMES.values(), ids=GAMES)
def test_an_interrupted_run_ends_with_the_same_bits(specs_of, train, tmp_path, entry):
    specs = specs_of(
        f"variants=[{entry}]", "data={name: ring}", "steps=8", "evaluation.every=8", "log_every=4", "seeds=[4,0]"
    )
    whole = train(specs)
    folder = tmp_path / "interrupted"
    train(specs, folder=folder, stop_at=4)
    resumed = train(specs, folder=folder)
    assert all(same_bits(whole.leaves(index), resumed.leaves(index)) for index in range(2))
