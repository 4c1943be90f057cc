"""The networks as a game's objectives call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.utils._pytree import tree_map

from ganlab.variants import Parameters

Network = Callable[..., Any]
"""A network with its parameters: what its forward pass takes, but for inputs that are None, to float32 tensors."""

Step = Callable[["Nets", Callable[["Nets"], Tensor]], "Nets"]


@dataclass(frozen=True)
class Nets:
    """All players' networks, each of which is called by its name: ``nets.generator(latent, condition)``.

    In a player's objective its own parameters are what is differentiated; all others are constants.

    Attributes:
        modules: by player.
        parameters: by player.
        autocast: what the networks' forward passes run in.
        steps: by player, what makes one update of its optimiser; see `after_step`.
    """

    modules: Mapping[str, nn.Module]
    parameters: Mapping[str, Parameters]
    autocast: Callable[[], AbstractContextManager[object]] = nullcontext
    steps: Mapping[str, Step] | None = None

    def __getattr__(self, name: str) -> Network:
        if name.startswith("__") or name not in self.modules:
            raise AttributeError(f"the game has no network '{name}', only {', '.join(self.modules)}")

        def network(*inputs: Any, **further: Any) -> Any:
            given = tuple(one for one in inputs if one is not None)
            named = {key: one for key, one in further.items() if one is not None}
            with self.autocast():
                outputs = functional_call(self.modules[name], self.parameters[name], given, named)
            return tree_map(torch.Tensor.float, outputs)

        return network

    def in_float32(self) -> Nets:
        """The same networks outside autocast, as a penalty on their slopes needs them."""
        return replace(self, autocast=nullcontext)

    def with_parameters(self, player: str, parameters: Parameters) -> Nets:
        """The same networks, but for that of `player`, which has other `parameters`."""
        return replace(self, parameters={**self.parameters, player: parameters})

    def after_step(self, player: str, objective: Callable[[Nets], Tensor]) -> Nets:
        """The networks after one more update of `player`'s optimiser on `objective`, differentiable throughout."""
        assert self.steps is not None
        return self.steps[player](self, objective)
