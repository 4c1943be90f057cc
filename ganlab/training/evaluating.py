"""What is measured of the members of a run, and what their evaluators see."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import torch
from torch import Tensor, nn
from torch.func import functional_call

from ganlab.arithmetic import full_precision
from ganlab.data import Data, Reference
from ganlab.evaluation import Evaluation, Subject, evaluation_on, find_evaluator, given_by_training
from ganlab.evaluation.base import refuse_what_is_lacking
from ganlab.evaluation.subject import Network
from ganlab.training.member import State
from ganlab.training.sampling import IMAGES_PART, draw_latents, draw_samples, evaluated_generator, even_labels
from ganlab.training.spec import RunSpec
from ganlab.variants import VARIANTS

NETWORKS = ("generator", "discriminator")


def given_by(spec: RunSpec) -> frozenset[str]:
    """What the subjects of a run give, in the words of `ganlab.evaluation.subject.NEEDS`.

    Penalties and constraints move the discriminator's optimum, so that it is no log-ratio with them.
    """
    log_ratio = VARIANTS[spec.variant].optimal_score == "log-ratio" and not (spec.penalties or spec.constraints)
    return given_by_training(NETWORKS, spec.conditional, log_ratio)


def evaluation_for(
    spec: RunSpec, reference: Reference, device: torch.device, report: Callable[[str], None] = lambda text: None
) -> Evaluation:
    """What is measured of the members of `spec`; the arguments are those of `evaluation_on`.

    Raises:
        InputError: nothing can be measured, or not what the spec asks for.
    """
    settings = spec.evaluation
    return evaluation_on(reference, settings.samples, device, given_by(spec), settings.evaluators, report)


def refuse_unmeasurable(spec: RunSpec, reference: Reference) -> None:
    """Refuse evaluators that the spec asks for and that cannot measure its runs.

    Raises:
        InputError: which, and why.
    """
    for name in spec.evaluation.evaluators:
        refuse_what_is_lacking(find_evaluator(name), reference, given_by(spec))


def subject_of(
    spec: RunSpec,
    networks: Mapping[str, nn.Module],
    generator: nn.Module,
    state: State,
    data: Data,
    needs: Collection[str],
    iteration: int,
) -> Subject | None:
    """What evaluators see of a member after an iteration; None where its samples are not all finite.

    Args:
        spec: of the member.
        networks: as their builder made them, by name.
        generator: that is evaluated, of `evaluated_generator`.
        state: of the member alone.
        data: what it learns from.
        needs: what of the subject is used; the rest is not made.
        iteration: names the stream of the latents.
    """
    count, stream = spec.evaluation.samples, ("evaluation", iteration)
    classes = data.classes if spec.conditional else 0
    labels = even_labels(count, classes)
    drawn = draw_samples(generator, spec, labels, count, *stream)
    if not drawn.isfinite().all():
        return None
    trained: dict[str, Network] = {}
    if "network.discriminator" in needs:
        trained["discriminator"] = network_of(networks["discriminator"], state.critic.parameters)
    if "network.generator" in needs:
        last = evaluated_generator(networks["generator"], state.generator.parameters, spec, classes)
        trained["generator"] = network_of(last, dict(last.named_parameters()))
    return Subject(
        samples=data.to_data_units(drawn),
        labels=labels,
        latents=draw_latents(spec, count, *stream) if "latents" in needs else None,
        generator=network_of(generator, dict(generator.named_parameters())),
        networks=trained,
        data=data,
    )


def network_of(module: nn.Module, parameters: Mapping[str, Tensor]) -> Network:
    """`module` with `parameters` as a function of tensors on the CPU, which it computes in float32, part by part."""
    device = next(iter(parameters.values())).device

    def call(*inputs: Tensor) -> Tensor:
        parts = zip(*(torch.split(one, IMAGES_PART) for one in inputs), strict=True)
        with torch.no_grad(), full_precision(device):
            outputs = [
                functional_call(module, dict(parameters), tuple(one.to(device) for one in part)) for part in parts
            ]
        return torch.cat([output.cpu() for output in outputs])

    return call
