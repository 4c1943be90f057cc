"""What is measured of a run, and what evaluators may ask of it."""

from __future__ import annotations

from collections.abc import Callable, Collection

import torch
from torch import Tensor, nn

from ganlab.arithmetic import full_precision
from ganlab.data import Images, SampleReference
from ganlab.errors import InputError
from ganlab.evaluation import Evaluation, evaluation_on, evaluators_for, find_evaluator, given_by_training
from ganlab.evaluation.base import refuse_what_is_lacking
from ganlab.evaluation.subject import Network
from ganlab.games import Game, find
from ganlab.record.spec import RunSpec
from ganlab.registry import did_you_mean
from ganlab.training.sampling import IMAGES_PART
from ganlab.variants import Variant

MOVE_THE_OPTIMUM = ("penalties", "constraints", "augment", "lecam", "label_smoothing")
"""Settings with which the best discriminator of a variant is another one than without."""


def given_by(spec: RunSpec, game: Game) -> frozenset[str]:
    """What the subjects of a run give, in the words of `ganlab.evaluation.subject.NEEDS`."""
    kind = find(spec.variant)
    if not isinstance(kind, Variant) or spec.packing > 1:
        return given_by_training(game.players, spec.conditional)
    moved = any(getattr(spec, name) for name in MOVE_THE_OPTIMUM)
    log_ratio = kind.optimal_score == "log-ratio" and not moved
    return given_by_training(game.players, spec.conditional, score=True, log_ratio=log_ratio)


def evaluation_for(
    spec: RunSpec,
    game: Game,
    reference: SampleReference | Images,
    device: torch.device,
    report: Callable[[str], None] = lambda text: None,
) -> Evaluation:
    """What is measured of the members of `spec`, which play `game`; other arguments are those of `evaluation_on`.

    Raises:
        InputError: nothing can be measured, or not what the spec asks for.
    """
    found = evaluation_on(reference, spec.evaluation.samples, device, given_by(spec, game), spec.evaluators, report)
    _refuse_absent_primary(spec, found.metrics, found.notice)
    return found


def refuse_unmeasurable(spec: RunSpec, game: Game, reference: SampleReference | Images) -> None:
    """Refuse what the spec asks for and cannot be measured of its runs.

    What is measured of images depends on the weights that are there, so `evaluation_for` refuses their primary metric.

    Raises:
        InputError: which evaluator or primary metric, and why.
    """
    given = given_by(spec, game)
    for name in spec.evaluators:
        refuse_what_is_lacking(find_evaluator(name), reference, given)
    if not reference.of_images:
        evaluators = evaluators_for(reference, given, spec.evaluators)
        _refuse_absent_primary(spec, [metric.name for one in evaluators for metric in one.metrics])


def _refuse_absent_primary(spec: RunSpec, measured: Collection[str], why: str = "") -> None:
    if spec.primary is not None and spec.primary not in measured:
        lack = f" ({why})" if why else ""
        raise InputError(
            f"the primary metric '{spec.primary}' is not measured on {spec.dataset}{lack}; "
            f"{did_you_mean(spec.primary, measured)}"
        )


def network_of(module: nn.Module) -> Network:
    """`module` as a function of tensors on the CPU, which it computes in float32, part by part."""
    device = next(module.parameters()).device

    def call(*inputs: Tensor) -> Tensor:
        parts = zip(*(torch.split(one, IMAGES_PART) for one in inputs), strict=True)
        with torch.no_grad(), full_precision(device):
            outputs = [module(*(one.to(device) for one in part)) for part in parts]
        return torch.cat([output.cpu() for output in outputs])

    return call
