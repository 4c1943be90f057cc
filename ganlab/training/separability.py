"""Whether a batch may be cut into slices, one for each device, whose gradients average to that of the whole."""

from __future__ import annotations

from ganlab.errors import InputError
from ganlab.networks import BUILDERS, uses_batch_statistics
from ganlab.record.spec import RunSpec
from ganlab.training.member import Member


def require_separable(spec: RunSpec, member: Member, slices: int) -> None:
    """Check that the batches of `spec` may be cut into so many `slices`.

    Raises:
        InputError: they may not.
    """
    if slices == 1:
        return
    found = _inseparable(spec, member)
    if found:
        raise InputError(
            f"'{spec.label}' cannot be trained on {slices} devices: {' and '.join(found)} took its statistics over a "
            "slice of each batch instead of the whole; train it on one device, or declare what is a mean over samples "
            "as separable"
        )
    for player in member.game.players:
        size, pack = spec.batch_size_of(player), member.game.pack
        share = size // slices
        if size % slices or share % pack or share < 2:
            packs = f" in whole packs of {pack}" if pack > 1 else ""
            raise InputError(
                f"'{spec.label}' cannot be trained on {slices} devices: batches of {size} ({player}) cannot be cut "
                f"into {slices} equal slices of at least two samples{packs}; choose another batch size"
            )


def _inseparable(spec: RunSpec, member: Member) -> list[str]:
    """What takes statistics over a batch, in words."""
    builder = BUILDERS[spec.builder.name]
    normalised = [player for player, network in member.networks.items() if uses_batch_statistics(network)]
    return [
        *member.game.inseparable(),
        *([] if builder.separable else [f"the builder '{builder.name}'"]),
        *(f"batch normalisation in the network of '{player}'" for player in normalised),
    ]
