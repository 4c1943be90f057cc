"""A run's game, from what its settings say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ganlab.errors import InputError
from ganlab.games.adversarial import AdversarialGame, PenalisedGame
from ganlab.games.axes import PLAIN, Axes
from ganlab.games.base import Game, Task, find
from ganlab.games.own_options import OwnOptions, spelled_out
from ganlab.options import parse
from ganlab.variants import CONSTRAINTS, PENALTIES, Variant


def game_options(name: str, values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """All options of the game called `name`, where a user wrote `values`.

    Raises:
        InputError: an option is unknown or wrong.
    """
    return spelled_out(_options_model(name), values, where)


def make_game(
    name: str,
    options: Mapping[str, Any],
    penalties: Iterable[str],
    constraints: Iterable[str],
    task: Task,
    axes: Axes = PLAIN,
) -> Game:
    """The game called `name`, played on `task`.

    Raises:
        InputError: it takes no penalties, constraints or axes, and there are some, or they do not fit.
    """
    kind = find(name)
    chosen = tuple(PENALTIES[one] for one in penalties), tuple(CONSTRAINTS[one] for one in constraints)
    if isinstance(kind, Variant):
        return AdversarialGame(kind, task, *chosen, axes)
    if axes.used:
        raise InputError(f"the game '{name}' is no variant, and only variants take {', '.join(axes.used)}")
    own = OwnOptions(parse(kind.Options, options, f"game '{name}'"))
    if issubclass(kind, PenalisedGame):
        return kind(own, task, *chosen)
    if any(chosen):
        unusable = ", ".join([*penalties, *constraints])
        raise InputError(f"the game '{name}' takes no penalties and constraints, but it is given {unusable}")
    return kind(own, task)


def _options_model(name: str) -> Any:
    kind = find(name)
    return Game.Options if isinstance(kind, Variant) else kind.Options
