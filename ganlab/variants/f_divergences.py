"""f-GAN (arXiv:1606.00709): the discriminator estimates an f-divergence of the data p from the samples q.

It maximises E_p[T] - E_q[f*(T)], which is D_f(p || q) where T = f'(p / q), and less for any other T. T is a function of
the raw score v, with values in the domain of f*. T and f*(T) are simplified here to functions of v that are exact
wherever they are finite. Exponentials overflow float32, in which losses are computed whatever the precision of the
networks, at scores of about 88: such a seed has diverged.

The generator has two losses. In `f-kl` it maximises T of its samples, as the paper proposes (section 3.2): what the
non-saturating loss is to the original game. In `f-kl-minimax` it minimises the discriminator's estimate itself.
"""

from __future__ import annotations

from collections.abc import Callable
from math import log
from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ganlab.variants.base import DCGAN, Defaults, Variant, register

Function = Callable[[Tensor], Tensor]


def _register(
    name: str, divergence: str, output: Function, conjugate: Function, optimal_score: Literal["", "log-ratio"] = ""
) -> None:
    """The two variants of `divergence`, with T(v) as its `output` and f*(T(v)) as its `conjugate`."""

    def bound(real: Tensor, fake: Tensor) -> Tensor:
        return conjugate(fake).mean() - output(real).mean()

    register(
        Variant(
            name=f"f-{name}",
            summary=f"f-GAN of {divergence}: the generator raises T of its samples",
            paper="arXiv:1606.00709",
            discriminator_loss=bound,
            optimal_score=optimal_score,
            defaults=Defaults(source=DCGAN),
            generator_loss=lambda real, fake: -output(fake).mean(),
            separable=True,
        )
    )
    register(
        Variant(
            name=f"f-{name}-minimax",
            summary=f"f-GAN of {divergence}: the generator lowers the discriminator's estimate",
            paper="arXiv:1606.00709",
            discriminator_loss=bound,
            optimal_score=optimal_score,
            defaults=Defaults(source=DCGAN),
            generator_loss=lambda real, fake: -conjugate(fake).mean(),
            separable=True,
        )
    )


_register(
    "kl",
    "KL(data || samples)",
    output=lambda v: v,
    conjugate=lambda v: torch.exp(v - 1),
)
_register(
    "reverse-kl",
    "KL(samples || data)",
    output=lambda v: -torch.exp(-v),
    conjugate=lambda v: v - 1,
    optimal_score="log-ratio",
)
_register(
    "pearson",
    "Pearson's chi-squared",
    output=lambda v: v,
    conjugate=lambda v: v.square() / 4 + v,
)
_register(
    "hellinger",
    "the squared Hellinger distance",
    output=lambda v: -torch.expm1(-v),
    conjugate=torch.expm1,
)
_register(
    "js",
    "twice the Jensen-Shannon divergence",  # the games of vanilla and minimax, but for constants
    output=lambda v: log(2) - softplus(-v),
    conjugate=lambda v: softplus(v) - log(2),
    optimal_score="log-ratio",
)
