"""What is measured of a run, and what evaluators may ask of it."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from ganlab.arithmetic import full_precision
from ganlab.data import Images, SampleReference
from ganlab.evaluation import Evaluation, evaluation_on, find_evaluator, given_by_training
from ganlab.evaluation.base import refuse_what_is_lacking
from ganlab.evaluation.subject import Network
from ganlab.games import Game, find
from ganlab.record.spec import RunSpec
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
    return evaluation_on(reference, spec.evaluation.samples, device, given_by(spec, game), spec.evaluators, report)


def refuse_unmeasurable(spec: RunSpec, game: Game, reference: SampleReference | Images) -> None:
    """Refuse evaluators that the spec asks for and that cannot measure its runs.

    Raises:
        InputError: which, and why.
    """
    for name in spec.evaluators:
        refuse_what_is_lacking(find_evaluator(name), reference, given_by(spec, game))


def network_of(module: nn.Module) -> Network:
    """`module` as a function of tensors on the CPU, which it computes in float32, part by part."""
    device = next(module.parameters()).device

    def call(*inputs: Tensor) -> Tensor:
        parts = zip(*(torch.split(one, IMAGES_PART) for one in inputs), strict=True)
        with torch.no_grad(), full_precision(device):
            outputs = [module(*(one.to(device) for one in part)) for part in parts]
        return torch.cat([output.cpu() for output in outputs])

    return call
