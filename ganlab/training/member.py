"""One member's updates, as pure functions of its state and its batch.

Nothing here knows of a population or draws anything at random.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import grad_and_value
from torch.utils._pytree import tree_map

from ganlab import games
from ganlab.games import Game, Loss, Nets
from ganlab.games.nets import Step
from ganlab.record.optimizers import OptimizerSettings
from ganlab.record.spec import Precision
from ganlab.training.optimizers import OptimizerState, initial_optimizer_state, optimize
from ganlab.training.precision import Scaling, autocast, initial_scaling, next_scaling
from ganlab.training.state import Batch, Gradient, Hyperparameters, PlayerState, State, Storage, Transform, Update
from ganlab.variants import Parameters


@dataclass(frozen=True, kw_only=True)
class Member:
    """The updates of one member.

    Attributes:
        networks: by player, in the order in which they are built.
        optimizers: by player.
        conditional: whether the networks are told something of the samples.
        extragradient: whether `update_together` takes the gradients where all players would go next.
        clip_grad_norm: the largest norm of a player's gradient; None for no bound.
        looks_ahead: whether the state holds slow parameters.
        reduce: what is done to gradients before they are used, in a tree of one `Gradient` or of several: on several
            devices, their mean over the devices is taken.
    """

    game: Game
    networks: Mapping[str, nn.Module]
    optimizers: Mapping[str, OptimizerSettings]
    transform: Transform
    conditional: bool
    precision: Precision
    extragradient: bool
    clip_grad_norm: float | None = None
    looks_ahead: bool = False
    reduce: Callable[[Any], Any] = lambda gradients: gradients

    def initial_state(self, readings: Mapping[str, tuple[str, ...]]) -> State:
        """The state before the first update, with the parameters that the modules hold now.

        Args:
            readings: the names of those that each player's objective gives.
        """
        parameters = {player: _parameters_of(module) for player, module in self.networks.items()}
        players = {
            player: PlayerState(
                parameters[player],
                initial_optimizer_state(self.optimizers[player], parameters[player]),
                _zeros(_meters(player, readings[player])),
                initial_scaling(self.precision),
            )
            for player in self.game.players
        }
        return State(
            torch.ones((), dtype=torch.bool),
            players,
            {player: _copy(parameters[player]) for player in self.game.averaged},
            self.game.extra(),
            {player: _copy(parameters[player]) for player in self.game.players if self.looks_ahead},
        )

    def update(
        self,
        player: str,
        state: State,
        batch: Batch,
        numbers: Hyperparameters,
        storage: Storage,
    ) -> Update:
        """One step of `player` on its objective, and of its moving average."""
        gradient = self.gradient(player, state, batch, numbers, storage, _parameters(state))
        return self.step(player, state, self.reduce(gradient), numbers)

    def gradient(
        self,
        player: str,
        state: State,
        batch: Batch,
        numbers: Hyperparameters,
        storage: Storage,
        at: dict[str, Parameters],
    ) -> Gradient:
        """The gradient of the objective of `player` at all players' parameters `at`, and what else that gives."""
        given = self.prepare(batch, storage)

        def objective(parameters: Parameters) -> tuple[Tensor, tuple[Mapping[str, Tensor], Mapping[str, Tensor]]]:
            nets = self._nets(state, numbers, {**at, player: parameters}, given.real.device)
            loss = loss_of(self.game, player, nets, given, state.extra, numbers.weights)
            return loss.value, (loss.extra, {f"{player}_loss": loss.value, **loss.readings})

        gradients, (value, (extra, readings)) = _grad_and_value(objective, at[player], state.players[player].scaling)
        return Gradient(gradients, value, {**extra}, readings)

    def step(self, player: str, state: State, gradient: Gradient, numbers: Hyperparameters) -> Update:
        """The update of `player` by a gradient of its objective."""
        own = state.players[player]
        norm = _norm(gradient.parameters)
        alive, applied = _judge(state.alive, gradient.value, norm, gradient.extra, own.scaling)
        gradients = self._clipped(gradient.parameters, norm)
        rates = numbers.rates[player]
        parameters, optimizer = optimize(self.optimizers[player], rates, own.parameters, gradients, own.optimizer)
        parameters = self.game.project(player, parameters, numbers.weights)
        average = state.average.get(player, {})
        if average:
            decay = torch.minimum((1 + optimizer.step) / (10 + optimizer.step), numbers.ema)
            average = {name: value.lerp(parameters[name], 1 - decay) for name, value in average.items()}
        readings = {"updates": torch.ones_like(gradient.value), **gradient.readings, f"{player}_grad_norm": norm}
        new = PlayerState(parameters, optimizer, _add(own.meters, readings), own.scaling)
        return Update(
            alive,
            _advance(alive, applied, new, own),
            where(applied, average, state.average.get(player, {})),
            {name: torch.where(applied, value, state.extra[name]) for name, value in gradient.extra.items()},
        )

    def update_together(
        self, state: State, batches: dict[str, Batch], numbers: Hyperparameters, storage: dict[str, Storage]
    ) -> State:
        """One step of all players from the same parameters; none is made where one of them is not finite.

        In fp16, where updates may overflow without ending the member, only the one that does is left out.

        For extragradient (Korpelevich 1976; arXiv:1802.10551), all make the step first to see where it leads. They
        go back, and make it again with the gradients from there, on the same batches.
        """
        at = _parameters(state)

        def made(at: dict[str, Parameters]) -> dict[str, Update]:
            gradients = {
                player: self.gradient(player, state, batches[player], numbers, storage[player], at)
                for player in self.game.players
            }
            reduced: dict[str, Gradient] = self.reduce(gradients)
            return {player: self.step(player, state, gradient, numbers) for player, gradient in reduced.items()}

        if self.extragradient:
            at = {player: update.player.parameters for player, update in made(at).items()}
        new = state
        for player, update in made(at).items():
            new = after_update(new, player, update)
        alive = new.alive
        made_or_not: State = where(alive, new, state)
        return made_or_not._replace(alive=alive)

    def diagnose(self, state: State, batch: Batch, numbers: Hyperparameters, storage: Storage) -> dict[str, Tensor]:
        """The game's readings [] that no update needs."""
        given = self.prepare(batch, storage)
        return self.game.diagnose(self._nets(state, numbers, _parameters(state), given.real.device), given)

    def prepare(self, batch: Batch, storage: Storage) -> games.Batch:
        """The batch as objectives are given it."""
        real, condition = self.transform(batch.entries, storage)
        return games.Batch(real, condition if self.conditional else None, batch.latent, batch.draws)

    def _nets(
        self, state: State, numbers: Hyperparameters, parameters: Mapping[str, Parameters], device: torch.device
    ) -> Nets:
        steps: dict[str, Step] = {
            player: partial(self._step, player, own.optimizer, numbers) for player, own in state.players.items()
        }
        return Nets(self.networks, parameters, partial(autocast, self.precision, device.type), steps)

    def _step(
        self,
        player: str,
        optimizer: OptimizerState,
        numbers: Hyperparameters,
        nets: Nets,
        objective: Callable[[Nets], Tensor],
    ) -> Nets:
        """The networks after one update of `player`'s parameters in `nets` on an objective of its own."""

        def value(parameters: Parameters) -> Tensor:
            return objective(nets.with_parameters(player, parameters))

        before = nets.parameters[player]
        gradients = torch.func.grad(value)(before)
        gradients = self._clipped(gradients, _norm(gradients))
        after, next_optimizer = optimize(self.optimizers[player], numbers.rates[player], before, gradients, optimizer)
        rates = {**numbers.rates, player: numbers.rates[player].after_update()}
        again = partial(self._step, player, next_optimizer, numbers._replace(rates=rates))
        steps: dict[str, Step] = {**(nets.steps or {}), player: again}
        return Nets(nets.modules, {**nets.parameters, player: after}, nets.autocast, steps)

    def _clipped(self, gradients: Parameters, norm: Tensor) -> Parameters:
        """`gradients` of this norm [], made shorter where it is too large; how much counts as a constant.

        As in `torch.nn.utils.clip_grad_norm_`, an unrolled step is not differentiated through the norm.
        """
        if self.clip_grad_norm is None:
            return gradients
        factor = (self.clip_grad_norm / norm.clamp(min=self.clip_grad_norm)).detach()
        return {name: factor * gradient for name, gradient in gradients.items()}


def loss_of(
    game: Game, player: str, nets: Nets, batch: games.Batch, extra: Mapping[str, Tensor], weights: Mapping[str, Tensor]
) -> Loss:
    """What `player` minimises; a bare tensor is a loss without extra state and readings."""
    loss = getattr(game, player)(nets, batch, extra, weights)
    return loss if isinstance(loss, Loss) else Loss(loss)


def after_update(state: State, player: str, update: Update) -> State:
    """`state` after an update of `player`."""
    average = {**state.average, player: update.average} if update.average else state.average
    return state._replace(
        alive=state.alive & update.alive,
        players={**state.players, player: update.player},
        average=average,
        extra={**state.extra, **update.extra},
    )


def _parameters(state: State) -> dict[str, Parameters]:
    return {player: own.parameters for player, own in state.players.items()}


def _parameters_of(module: nn.Module) -> Parameters:
    return {name: value.detach().clone() for name, value in module.named_parameters()}


def _copy(parameters: Parameters) -> Parameters:
    return {name: value.clone() for name, value in parameters.items()}


def _meters(player: str, readings: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(("updates", f"{player}_loss", *readings, f"{player}_grad_norm")))


def _zeros(names: tuple[str, ...]) -> dict[str, Tensor]:
    return {name: torch.zeros(()) for name in names}


def _add(meters: dict[str, Tensor], readings: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name: meters[name] + value for name, value in readings.items()}


def _norm(gradients: Parameters) -> Tensor:
    """The Euclidean norm [] over all of `gradients`."""
    return torch.stack([value.square().sum() for value in gradients.values()]).sum().sqrt()


def _grad_and_value(
    objective: Callable[[Parameters], tuple[Tensor, Any]], at: Parameters, scaling: Scaling
) -> tuple[Parameters, tuple[Tensor, Any]]:
    """Gradients, value [] and what else `objective` gives, at the parameters `at`.

    With a scaling, the value is scaled up for the way back, and the gradients are scaled down again.
    """
    if not scaling:
        gradients, (value, aux) = grad_and_value(objective, has_aux=True)(at)
        return gradients, (value, aux)

    def scaled(parameters: Parameters) -> tuple[Tensor, tuple[Tensor, Any]]:
        value, aux = objective(parameters)
        return value * scaling["scale"], (value, aux)

    gradients, (_, (value, aux)) = grad_and_value(scaled, has_aux=True)(at)
    return {name: gradient / scaling["scale"] for name, gradient in gradients.items()}, (value, aux)


def _judge(
    alive: Tensor, value: Tensor, norm: Tensor, extra: Mapping[str, Tensor], scaling: Scaling
) -> tuple[Tensor, Tensor]:
    """Whether the member lives on, and whether this update is applied.

    A loss, gradient or extra state that is not finite ends it. In fp16, where the loss is scaled, each may overflow:
    the update is left out, and the scale halved, until nothing is left to halve. Of finite gradients, optimisers make
    finite parameters: their settings are bounded so (`ganlab.record.optimizers`).
    """
    finite = value.isfinite() & norm.isfinite()
    for one in extra.values():
        finite = finite & one.isfinite().all()
    if not scaling:
        return alive & finite, alive & finite
    alive = alive & (finite | (scaling["scale"] > 1))
    return alive, alive & finite


def _advance(alive: Tensor, applied: Tensor, new: Any, old: Any) -> Any:
    """`new` where the update is applied, else `old`, leaf by leaf.

    Where the loss is scaled, the next scaling too; an update that is left out counts as made.
    """
    kept = where(applied, new, old)
    if not old.scaling:
        return kept
    step = torch.where(alive, new.optimizer.step, old.optimizer.step)
    scaling = where(alive, next_scaling(old.scaling, applied), old.scaling)
    return kept._replace(optimizer=kept.optimizer._replace(step=step), scaling=scaling)


def where(condition: Tensor, new: Any, old: Any) -> Any:
    return tree_map(lambda fresh, stale: torch.where(condition, fresh, stale), new, old)
