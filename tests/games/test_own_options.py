"""What a game is given of its options, and how a record spells them out."""

from __future__ import annotations

import pytest
from pydantic import Field

from ganlab.errors import InputError
from ganlab.games import GAMES, Game, game_options
from ganlab.games.own_options import OwnOptions


class Weighted(Game):
    """A game with a weight whose default is written as a whole number."""

    name = "weighted"
    summary = "for these tests"

    class Options(Game.Options):
        """Options of this game."""

        weight: float = 1
        share: float = Field(0.5, le=1)
        steps: int = 3

    def discriminator(self, nets, batch, extra, weights):
        return nets.discriminator(batch.real).square().mean()

    def generator(self, nets, batch, extra, weights):
        return self.options.weight * nets.discriminator(nets.generator(batch.latent)).mean()


def test_a_game_is_given_its_options_without_the_floats_in_which_members_may_differ():
    own = OwnOptions(Weighted.Options())
    assert own.steps == 3
    with pytest.raises(AttributeError, match=r"the option 'share' is a float, .* take it from weights\['share'\]"):
        _ = own.share
    with pytest.raises(AttributeError):
        _ = own.absent


def test_a_game_that_reads_a_float_past_its_weights_is_refused(specs_of, train):
    GAMES.add(Weighted)
    with pytest.raises(InputError, match=r"'generator' in 'weighted' fails: .*take it from weights\['weight'\]"):
        train(specs_of("variants=weighted"))


def test_a_default_that_is_written_as_a_whole_number_is_the_float_that_a_user_writes():
    GAMES.add(Weighted)
    usual, written = game_options("weighted", {}, "game"), game_options("weighted", {"weight": 1}, "game")
    assert usual == written
    assert isinstance(usual["weight"], float)
    assert isinstance(written["weight"], float)
