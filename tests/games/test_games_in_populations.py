"""Games whose objectives need more than scores: each trains, alone as in company, and goes on where it was stopped."""

from __future__ import annotations

import pytest

GAMES = {
    "acgan": ("data=ring", "conditional=true"),
    "infogan": ("game={categories: [3], uniform: 1}",),
    "ali": (),
    "veegan": (),
    "unrolled": ("game={steps: 2}",),
}


@pytest.fixture(params=GAMES)
def specs(request, specs_of):
    """The specs of a game with so many seeds."""

    def of(seeds: str):
        return specs_of(f"variants={request.param}", f"seeds={seeds}", "optimizer.lr=0.01", *GAMES[request.param])

    return of


def assert_same_bits(one, other) -> None:
    assert one.keys() == other.keys()
    assert all(one[name].equal(other[name]) for name in one)


def test_a_run_that_was_stopped_goes_on_to_the_same_bits(specs, train, tmp_path):
    whole = train(specs("[5]"))
    assert whole.trainer.population.state.alive.all()
    assert all(value.isfinite().all() for value in whole.leaves().values())
    train(specs("[5]"), folder=tmp_path / "stopped", stop_at=13)
    assert_same_bits(whole.leaves(), train(specs("[5]"), folder=tmp_path / "stopped").leaves())


@pytest.mark.slow
@pytest.mark.parametrize(
    "specs",
    ["unrolled", *(pytest.param(name, marks=pytest.mark.long) for name in GAMES if name != "unrolled")],
    indirect=True,
)
def test_a_compiled_member_has_the_same_bits_alone_and_among_three(specs, train):
    together = train(specs("[4, 5, 6]"), compiled=True)
    alone = train(specs("[5]"), compiled=True)
    assert together.trainer.compiled
    assert alone.trainer.compiled
    assert_same_bits(alone.leaves(), together.leaves(1))
