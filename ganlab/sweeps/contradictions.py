"""Settings that are valid alone, but not together."""

from __future__ import annotations

from itertools import combinations

from ganlab.errors import InputError
from ganlab.games import augmentation_options, game_options
from ganlab.record.optimizers import BETAS_MAY_CHANGE
from ganlab.record.spec import RunSpec
from ganlab.registry import did_you_mean

BETAS = ("beta1", "beta2")


def refuse_contradictions(spec: RunSpec, where: str) -> None:
    """Check that what `spec` asks for can be done together.

    Raises:
        InputError: both players are updated at once, but not once each, a batch is cut into packs that do not fit, two
            numbers have the same name, or a schedule names a number that the run does not have, or takes one to where
            it must not be.
    """
    steps = {"critic_steps": spec.critic_steps, "generator_steps": spec.generator_steps}
    if spec.updates != "alternating" and (set(steps.values()) != {1} or spec.critic_warmup):
        found = " and ".join(f"{name} is {count}" for name, count in steps.items())
        raise InputError(
            f"{where}: {spec.updates} updates are one of each player, but {found}; set both to 1, "
            "and critic_warmup to none"
        )
    for key, size in (("batch_size", spec.batch_size), ("generator_batch_size", spec.generator_batch_size)):
        if size % spec.packing:
            raise InputError(
                f"{where}: {key} is {size}, which is not a multiple of packing, {spec.packing}; "
                "a batch is cut into packs"
            )
    _refuse_shared_names(spec, where)
    for name, course in spec.schedules.items():
        _refuse_schedule(spec, name, course.to, f"{where}, schedules.{name}")


def _refuse_shared_names(spec: RunSpec, where: str) -> None:
    """Check that no two of the run's numbers have the same name."""
    options = {"the game": spec.game, "augment": spec.augment.options if spec.augment else {}}
    owners = {
        "penalties": set(spec.penalties),
        "constraints": set(spec.constraints),
        **{owner: {name for name, value in of.items() if isinstance(value, float)} for owner, of in options.items()},
        "the settings": {"lr", *BETAS, "ema", "lecam", "label_smoothing"},
    }
    for (one, names), (other, others) in combinations(owners.items(), 2):
        for name in sorted(names & others):
            raise InputError(f"{where}: {one} and {other} both have a number '{name}'; rename one of the two")


def _refuse_schedule(spec: RunSpec, name: str, to: float, where: str) -> None:
    known = ["lr", *BETAS, "ema", *spec.weights]
    if name not in known:
        raise InputError(f"{where}: the run has no such number; {did_you_mean(name, known)}")
    if name in spec.game:
        game_options(spec.variant, {**spec.game, name: to}, where)
    if spec.augment and name in spec.augment.options:
        augmentation_options(spec.augment.name, {**spec.augment.options, name: to}, where)
    if name in (*BETAS, "ema", "label_smoothing") and to >= 1:
        raise InputError(f"{where}: 'to' is {to:g}; it must be less than 1")
    if name in spec.constraints and to == 0:
        raise InputError(f"{where}: 'to' is 0, which leaves the discriminator no weights; it must be greater than 0")
    if name in BETAS:
        optimizers = (spec.discriminator_optimizer, spec.generator_optimizer)
        if not all(isinstance(optimizer, BETAS_MAY_CHANGE) for optimizer in optimizers):
            raise InputError(
                f"{where}: only the betas of adam and adamw may change, and the optimisers are "
                f"{' and '.join(optimizer.name for optimizer in optimizers)}"
            )
        if spec.precision == "fp16":
            raise InputError(
                f"{where}: in fp16, updates may be left out, which Adam's correction of changing betas cannot know; "
                "choose another precision"
            )
