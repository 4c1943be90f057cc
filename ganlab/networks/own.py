"""A builder of networks that Python code gives as classes, or as functions that make them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any
from weakref import WeakSet

from torch import Tensor, nn

from ganlab.errors import InputError
from ganlab.networks.base import BUILDERS, Builder
from ganlab.networks.conditioning import Condition
from ganlab.options import Options

Make = Callable[..., nn.Module]
NAME = "own"


def own_builder(generator: Make | None, discriminator: Make | None, base: str) -> Builder:
    """A builder called `NAME` of the networks that `generator` and `discriminator` make; a missing one is the base's.

    They are given by name those of their parameters that are called ``latent_dim`` (of a generator), ``sample_shape``,
    ``condition``, and, of a discriminator, ``outputs`` and ``side``, as `BuildGenerator` and `BuildDiscriminator` have
    them. Scores may be [B, 1] or [B].

    Raises:
        InputError: when networks are made, one of them cannot be, or is no module.
    """
    usual = BUILDERS[base]
    given: WeakSet[nn.Module] = WeakSet()

    def make_generator(sample_shape: tuple[int, ...], inputs: int, condition: Condition, options: Any) -> nn.Module:
        if generator is None:
            return usual.generator(sample_shape, inputs, condition, options)
        network = _made(generator, latent_dim=inputs, sample_shape=sample_shape, condition=condition)
        given.add(network)
        return network

    def make_discriminator(
        sample_shape: tuple[int, ...], outputs: int | None, side: int, condition: Condition, options: Any
    ) -> nn.Module:
        if discriminator is None:
            return usual.discriminator(sample_shape, outputs, side, condition, options)
        if side and "side" not in inspect.signature(discriminator).parameters:
            raise InputError(
                f"the game gives the discriminator {side} numbers beside each sample, and {_name(discriminator)} has "
                "no parameter 'side' to be told so"
            )
        network = _made(discriminator, sample_shape=sample_shape, outputs=outputs, side=side, condition=condition)
        given.add(network)
        return Scores(network) if outputs is None else network

    def initialize(network: nn.Module, options: Any) -> None:
        """As the base does, if it made the network; those that are given have their parameters from the start."""
        if usual.initialize is not None and given.isdisjoint(network.modules()):
            usual.initialize(network, options)

    both = generator is not None and discriminator is not None
    return Builder(
        name=NAME,
        summary="networks that Python code gives",
        options=Options if both else usual.options,
        generator=make_generator,
        discriminator=make_discriminator,
        initialize=initialize,
        convolutional=usual.convolutional and not both,
    )


class Scores(nn.Module):
    """A discriminator whose scores [B, 1] are given as [B]."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: Tensor) -> Tensor:
        scores: Tensor = self.network(*inputs)
        return scores.squeeze(1) if scores.dim() == 2 and scores.shape[1] == 1 else scores


def _made(make: Make, **known: Any) -> nn.Module:
    parameters = inspect.signature(make).parameters.values()
    unknown = [
        one.name
        for one in parameters
        if one.default is one.empty and one.name not in known and one.kind not in (one.VAR_POSITIONAL, one.VAR_KEYWORD)
    ]
    if unknown:
        raise InputError(
            f"{_name(make)} needs '{unknown[0]}', and ganlab gives {', '.join(known)}; give it a default, or use "
            "functools.partial"
        )
    names = {one.name for one in parameters}
    network = make(**{name: value for name, value in known.items() if name in names})
    if not isinstance(network, nn.Module):
        raise InputError(f"{_name(make)} makes a {type(network).__name__}; it must be a torch.nn.Module")
    return network


def _name(make: Make) -> str:
    made = getattr(make, "func", make)  # of a partial
    return f"'{getattr(made, '__qualname__', made)}'"
