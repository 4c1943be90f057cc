"""Mixtures of normal distributions on the line, known exactly."""

from __future__ import annotations

from typing import Annotated, Any, Self

import numpy as np
import torch
from pydantic import Field, FiniteFloat, model_validator
from torch import Tensor

from ganlab.data.base import DataSource, register
from ganlab.data.densities import Positive
from ganlab.data.draws import Draws, with_component
from ganlab.data.normal_mixture import NormalMixture
from ganlab.data.reference import KnownDensity, Mode
from ganlab.data.training_set import KnownDistributionOptions
from ganlab.options import ListOf


class MixtureOptions(KnownDistributionOptions):
    """One entry a component. `weights` are relative: [1, 1, 2] means 1/4, 1/4 and 1/2; without them all are equal."""

    weights: ListOf[Positive]
    means: Annotated[ListOf[FiniteFloat], Field(min_length=1)]
    stds: ListOf[Positive]

    @model_validator(mode="before")
    @classmethod
    def _weights_are_equal_unless_given(cls, given: Any) -> Any:
        means = given.get("means")
        if not isinstance(means, list | tuple):
            return {"weights": [1.0], **given}
        if "stds" not in given:
            raise ValueError(
                "the key 'stds' is missing; give one standard deviation for each of the means, such as "
                "{means: [-2, 2], stds: [0.5, 0.5]}"
            )
        return {"weights": [1.0] * len(means), **given}

    @model_validator(mode="after")
    def _lengths_match(self) -> Self:
        lengths = len(self.weights), len(self.means), len(self.stds)
        if len(set(lengths)) > 1:
            raise ValueError(
                "weights, means and stds have {}, {} and {} entries; each needs one for every component".format(
                    *lengths
                )
            )
        return self


def gaussian_mixture(options: MixtureOptions) -> Draws:
    """A mixture of normal distributions."""
    weights = np.array(options.weights) / sum(options.weights)
    mixture = NormalMixture(weights, np.array(options.means), np.array(options.stds))
    upper_edges = torch.tensor(weights.cumsum()[:-1], dtype=torch.float32)
    means = torch.tensor(options.means, dtype=torch.float32)
    stds = torch.tensor(options.stds, dtype=torch.float32)

    def draw(generator: torch.Generator, count: int) -> Tensor:
        uniform = torch.empty(count, 1, dtype=torch.float32).uniform_(generator=generator)
        component = torch.bucketize(uniform, upper_edges, right=True)
        normal = torch.empty(count, 1, dtype=torch.float32).normal_(generator=generator)
        return with_component(torch.addcmul(means.take(component), stds.take(component), normal), component)

    mean, std, skewness, excess_kurtosis = mixture.moments()
    reference = KnownDensity(
        log_pdf=mixture.log_pdf,
        cdf=mixture.cdf,
        quantile=mixture.quantile,
        mass=mixture.mass,
        mean=mean,
        std=std,
        skewness=skewness,
        excess_kurtosis=excess_kurtosis,
        modes=tuple(
            Mode(weight=float(w), mean=m, std=s) for w, m, s in zip(weights, options.means, options.stds, strict=True)
        ),
    )
    return Draws(reference, draw, options.training_samples, tuple(weights.tolist()))


register(
    DataSource(
        name="gaussian-mixture",
        summary="mixture of normals, given by means, stds and, where they are not equal, weights",
        options=MixtureOptions,
        load=gaussian_mixture,
    )
)
