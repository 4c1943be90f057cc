"""Relativistic objectives: a sample is judged against samples of the other kind, by both players."""

from __future__ import annotations

from torch import Tensor
from torch.nn.functional import softplus

from ganlab.record.optimizers import Adam
from ganlab.variants.base import DCGAN, Defaults, Loss, Variant, register

_AS_DCGAN = Defaults(source=f"{DCGAN}; the code of the paper's author has Adam at 1e-4")


def _pair(winner: Tensor, loser: Tensor) -> Tensor:
    """-log s(winner - loser), sample by sample."""
    return softplus(loser - winner).mean()


def _average(winner: Tensor, loser: Tensor, loss: Loss) -> Tensor:
    """Each sample against the mean of the other kind (arXiv:1807.00734, section 4.2); `loss` is that of each."""
    return (loss(winner, loser.mean()).mean() + loss(winner.mean(), loser).mean()) / 2


def _logistic(winner: Tensor, loser: Tensor) -> Tensor:
    return softplus(loser - winner)


def _squared(winner: Tensor, loser: Tensor) -> Tensor:
    return (winner - loser - 1).square()


def _hinge(winner: Tensor, loser: Tensor) -> Tensor:
    return (1 - (winner - loser)).relu()


rpgan = register(
    Variant(
        name="rpgan",
        summary="each real sample against one fake sample",
        paper="arXiv:1807.00734",
        discriminator_loss=lambda real, fake: _pair(real, fake),
        generator_loss=lambda real, fake: _pair(fake, real),
        generator_uses_real=True,
        separable=True,
        defaults=_AS_DCGAN,
    )
)
ragan = register(
    Variant(
        name="ragan",
        summary="each sample against the mean of the other kind",
        paper="arXiv:1807.00734",
        discriminator_loss=lambda real, fake: _average(real, fake, _logistic),
        generator_loss=lambda real, fake: _average(fake, real, _logistic),
        generator_uses_real=True,
        defaults=_AS_DCGAN,
    )
)
ralsgan = register(
    Variant(
        name="ralsgan",
        summary="each sample regressed on 1 or -1 relative to the mean of the other kind",
        paper="arXiv:1807.00734",
        discriminator_loss=lambda real, fake: _average(real, fake, _squared),
        generator_loss=lambda real, fake: _average(fake, real, _squared),
        generator_uses_real=True,
        defaults=_AS_DCGAN,
    )
)
rahinge = register(
    Variant(
        name="rahinge",
        summary="each sample within a margin of 1 from the mean of the other kind",
        paper="arXiv:1807.00734",
        discriminator_loss=lambda real, fake: _average(real, fake, _hinge),
        generator_loss=lambda real, fake: _average(fake, real, _hinge),
        generator_uses_real=True,
        defaults=_AS_DCGAN,
    )
)
r3gan = register(
    Variant(
        name="r3gan",
        summary="rpgan with zero slope at the data and at the samples",
        paper="arXiv:2501.05441",
        discriminator_loss=lambda real, fake: _pair(real, fake),
        generator_loss=lambda real, fake: _pair(fake, real),
        penalties={"r1": 1.0, "r2": 1.0},
        generator_uses_real=True,
        separable=True,
        defaults=Defaults(
            optimizer=Adam(lr=2e-4, betas=(0.0, 0.99)),
            source="the paper's first learning rate, last beta2 and first weights for stacked MNIST, held constant; "
            "the paper lets the rate go from 2e-4 to 5e-5, beta2 from 0.9 to 0.99, and both weights, which are others "
            "on other data, down to a tenth",
        ),
    )
)
