"""The first call of a game's objectives: what they read, and whether they are what an update can be made of."""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from ganlab import games
from ganlab.errors import InputError
from ganlab.games import Game, Loss, Nets
from ganlab.plugins import place_of
from ganlab.plugins.faults import CODE
from ganlab.training.member import loss_of
from ganlab.variants import Parameters

PACKAGE = Path(__file__).parents[1]
TORCH = Path(torch.__file__).parent


def try_objectives(
    name: str,
    game: Game,
    networks: Mapping[str, nn.Module],
    batches: Mapping[str, games.Batch],
    weights: Mapping[str, Tensor],
) -> dict[str, tuple[str, ...]]:
    """The names of the readings that each player's objective gives, which is called once.

    Args:
        name: of the game.
        networks: by player.
        batches: one of each player.
        weights: the game's, [] each.

    Raises:
        InputError: an objective is no single number, draws at random, writes into a tensor that it was given or into a
            buffer, changes extra state that the game does not have, or the networks do not fit.
    """
    parameters: dict[str, Parameters] = {
        player: {**dict(module.named_parameters())} for player, module in networks.items()
    }
    readings = {
        player: tuple(_tried(name, game, player, networks, parameters, batches[player], weights).readings)
        for player in game.players
    }
    _refuse_shared_readings(name, readings)
    return readings


def _refuse_shared_readings(name: str, readings: Mapping[str, tuple[str, ...]]) -> None:
    """Check that no reading would be logged in the place of another number.

    Raises:
        InputError: one would.
    """
    owners = {"updates": ""} | {f"{player}_{kind}": player for player in readings for kind in ("loss", "grad_norm")}
    for player, own in readings.items():
        for reading in own:
            owner = owners.setdefault(reading, player)
            if owner != player or reading == f"{player}_grad_norm":
                raise InputError(
                    f"the objective of '{player}' in '{name}' gives '{reading}', which is logged of "
                    f"{repr(owner) if owner else 'every player'} already; choose another name"
                )


class _ImpureError(Exception):
    pass


class _Purity(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Refuses operations that draw at random, or write into what was there before."""

    def __init__(self, given: Sequence[Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._given = {tensor.data_ptr() for tensor in given if isinstance(tensor, Tensor) and tensor.numel()}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if torch.Tag.nondeterministic_seeded in func.tags:
            raise _ImpureError("draws at random; let the game name what it needs in draws()")
        for argument, value in zip(func._schema.arguments, args, strict=False):
            written = argument.alias_info is not None and argument.alias_info.is_write
            if written and isinstance(value, Tensor) and value.data_ptr() in self._given:
                raise _ImpureError("writes into a buffer, a parameter or its input; give a new tensor instead")
        return func(*args, **(kwargs or {}))


def _tried(
    name: str,
    game: Game,
    player: str,
    networks: Mapping[str, nn.Module],
    parameters: Mapping[str, Parameters],
    batch: games.Batch,
    weights: Mapping[str, Tensor],
) -> Loss:
    what = f"the objective of '{player}' in '{name}'"
    extra = game.extra()
    steps = dict.fromkeys(game.players, lambda nets, objective: nets)
    buffers = [buffer for module in networks.values() for buffer in module.buffers()]
    before = [buffer.clone() for buffer in buffers]
    try:
        with torch.no_grad(), _Purity([*tree_leaves((parameters, tuple(batch), extra)), *buffers]):
            loss = loss_of(game, player, Nets(networks, parameters, steps=steps), batch, extra, weights)
    except InputError:
        raise
    except _ImpureError as error:
        raise InputError(f"{what} {error}{_place(error)}") from None
    except Exception as error:
        raise InputError(f"{what} fails: {type(error).__name__}: {_first_line(error)}{_place(error)}") from error
    if not all(map(torch.equal, buffers, before)):  # by an operation that does not declare it, such as a batch norm
        raise InputError(f"{what} writes into a buffer of a network; give a new tensor instead")
    if not isinstance(loss.value, Tensor) or loss.value.shape != ():
        found = f"shape {list(loss.value.shape)}" if isinstance(loss.value, Tensor) else type(loss.value).__name__
        raise InputError(f"{what}{_definition(game, player)} must give one number, a tensor of no axes; got {found}")
    for name, value in {**loss.extra, **loss.readings}.items():
        expected = extra.get(name, loss.value).shape if name in loss.extra else ()
        if not isinstance(value, Tensor) or value.shape != expected or (name in loss.extra and name not in extra):
            raise InputError(
                f"{what}{_definition(game, player)} gives '{name}', which is no extra state of its shape and no number "
                "to log"
            )
    return loss


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0]


def _definition(game: Game, player: str) -> str:
    """Where the objective stands in a plugin, if it does."""
    code: Any = getattr(getattr(type(game), player, None), "__code__", None)
    file = code and CODE.fullmatch(code.co_filename)
    return f" ({file[1]}, line {code.co_firstlineno})" if file else ""


def _place(error: Exception) -> str:
    """Where it happened in a file that is neither torch's nor this package's, if it did."""
    if place := place_of(error):
        return f" ({place[0]}, line {place[1]})"
    frames = traceback.extract_tb(error.__traceback__)
    foreign = [frame for frame in frames if not _is_within(frame.filename, PACKAGE, TORCH)]
    return f" ({foreign[-1].filename}, line {foreign[-1].lineno})" if foreign else ""


def _is_within(file: str, *folders: Path) -> bool:
    return any(Path(file).is_relative_to(folder) for folder in folders)
