"""A variant: two losses of raw scores, never of probabilities. Both players minimise."""

from torch import Tensor
from torch.nn.functional import softplus

from ganlab.variants import Adam, Defaults, Variant, register


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """One number, of the discriminator's scores [B] of real and of generated samples."""
    return softplus(-real).mean() + softplus(fake).mean()


def generator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """One number. If it depends on the real scores, say generator_uses_real=True below."""
    return softplus(-fake).mean()


register(
    Variant(
        name="skeleton",
        summary="what it is, for `ganlab list`",
        discriminator_loss=discriminator_loss,
        generator_loss=generator_loss,
        penalties={"r1": 0.1},  # weights by name; `ganlab list penalties` shows all
        defaults=Defaults(optimizer=Adam(lr=1e-3, betas=(0.5, 0.999)), critic_steps=1),
    )
)
