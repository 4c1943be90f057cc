"""The distributions that latents come from."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any

import torch
from pydantic import Field
from torch import Tensor

from ganlab.errors import InputError
from ganlab.options import Options, parse
from ganlab.registry import did_you_mean

LEAST_SINE = 1e-3
"""Of the angle between latents on a great circle; below it, float32 does not tell the circle."""


class Prior(ABC):
    """What generators are fed: latents [n, dim].

    Attributes:
        dim: numbers in one latent.
    """

    dim: int

    @abstractmethod
    def fill(self, latents: Tensor, generator: torch.Generator) -> None:
        """Fill `latents` [..., dim] on the CPU; what comes depends on the state of `generator` alone."""

    def draw(self, count: int, generator: torch.Generator) -> Tensor:
        """`count` latents [count, dim] on the CPU."""
        latents = torch.empty(count, self.dim)
        self.fill(latents, generator)
        return latents

    def between(self, start: Tensor, end: Tensor, share: Tensor) -> Tensor:
        """Latents on the way from `start` to `end` [..., dim], after the `share` [...] of it: a straight line."""
        return torch.lerp(start, end, share)


class Normal(Prior):
    """Standard normal."""

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def fill(self, latents: Tensor, generator: torch.Generator) -> None:
        latents.normal_(generator=generator)

    def between(self, start: Tensor, end: Tensor, share: Tensor) -> Tensor:
        """On the great circle, where latents keep the length that the generator knows (arXiv:1609.04468).

        On a straight line where both point the same way or opposite ones, as in one dimension: there is no such circle.
        """
        angle = torch.acos(torch.cosine_similarity(start, end, dim=-1).clamp(-1, 1))[..., None]
        circle = (torch.sin((1 - share) * angle) * start + torch.sin(share * angle) * end) / torch.sin(angle)
        return torch.where(torch.sin(angle) > LEAST_SINE, circle, super().between(start, end, share))


class Sphere(Normal):
    """Uniform on the unit sphere times the square root of `dim`, the length that normal latents have on average."""

    def fill(self, latents: Tensor, generator: torch.Generator) -> None:
        latents.normal_(generator=generator)
        latents *= math.sqrt(self.dim) / latents.norm(dim=-1, keepdim=True)


class Uniform(Prior):
    """Uniform on [-1, 1) in each element."""

    def __init__(self, dim: int) -> None:
        self.dim = dim

    def fill(self, latents: Tensor, generator: torch.Generator) -> None:
        latents.uniform_(-1, 1, generator=generator)


class Mixture(Prior):
    """Normals of standard deviation `std` around `components` centres, equally likely.

    The centres are random directions of length `distance`, the same for all members and runs.
    """

    def __init__(self, dim: int, components: int, distance: float, std: float) -> None:
        self.dim = dim
        directions = torch.randn(components, dim, generator=torch.Generator().manual_seed(0))
        self._centres = distance * directions / directions.norm(dim=1, keepdim=True)
        self._std = std

    def fill(self, latents: Tensor, generator: torch.Generator) -> None:
        chosen = torch.randint(len(self._centres), latents.shape[:-1], generator=generator)
        latents.normal_(generator=generator)
        latents.mul_(self._std).add_(self._centres[chosen])


class Codes(Prior):
    """Latents of `noise`, then one-hot codes of so many `categories` each, then so many `uniform` codes on [-1, 1)."""

    def __init__(self, noise: Prior, categories: tuple[int, ...], uniform: int) -> None:
        self.noise = noise
        self.categories = categories
        self.uniform = uniform
        self.dim = noise.dim + sum(categories) + uniform

    def fill(self, latents: Tensor, generator: torch.Generator) -> None:
        self.noise.fill(latents[..., : self.noise.dim], generator)
        first = self.noise.dim
        for size in self.categories:
            chosen = torch.randint(size, latents.shape[:-1], generator=generator)
            latents[..., first : first + size] = chosen[..., None] == torch.arange(size)
            first += size
        latents[..., first:].uniform_(-1, 1, generator=generator)


class NoOptions(Options):
    """Options of a prior that has none."""


class MixtureOptions(Options):
    """Options of the mixture of normals."""

    components: Annotated[int, Field(ge=1, le=10_000)] = 10
    distance: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 3.0
    std: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0


OPTIONS: dict[str, type[Options]] = {
    "normal": NoOptions,
    "uniform": NoOptions,
    "sphere": NoOptions,
    "mixture": MixtureOptions,
}
"""The options of each prior that a user may name."""


def prior_options(name: str, values: Mapping[str, Any], where: str) -> dict[str, Any]:
    """All options of the prior called `name`, where a user wrote `values`.

    Raises:
        InputError: there is none of that name, or an option is wrong.
    """
    if name not in OPTIONS:
        raise InputError(f"{where}: unknown prior '{name}'; {did_you_mean(name, OPTIONS)}")
    return parse(OPTIONS[name], values, where).model_dump(mode="json")


def make_prior(name: str, options: Mapping[str, Any], dim: int) -> Prior:
    """The prior called `name`, of latents [dim], with all of its `options`."""
    match name:
        case "uniform":
            return Uniform(dim)
        case "sphere":
            return Sphere(dim)
        case "mixture":
            return Mixture(dim, **options)
        case _:
            return Normal(dim)
