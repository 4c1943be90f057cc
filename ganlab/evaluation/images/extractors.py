"""The registry of extractors: each gives a Fréchet distance of its features, and other metrics may use it too."""

from __future__ import annotations

import io
import os
import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn

from ganlab.data.reference import Images
from ganlab.errors import InputError
from ganlab.evaluation.base import EVALUATORS, Metric
from ganlab.evaluation.images.feature_evaluator import FeatureEvaluator
from ganlab.evaluation.images.features import Extractor, Report
from ganlab.evaluation.images.frechet import frechet_distance, frechet_floor
from ganlab.evaluation.images.reference_features import RealFeatures
from ganlab.evaluation.subject import Subject
from ganlab.extras import needed_for
from ganlab.registry import Registry

BROKEN = (pickle.UnpicklingError, EOFError, RuntimeError, TypeError, ValueError, LookupError, AttributeError, OSError)
"""What torch and torch-fidelity raise on a file that is something else: the first bytes decide."""


class WeightsMissingError(InputError):
    """The weights of an extractor are not on this machine; the message says how to get them."""


@dataclass(frozen=True, kw_only=True)
class ExtractorSource:
    """An extractor by name: `load` builds it.

    Attributes:
        name: of the extractor; it gives the metric ``fd_NAME``, which the evaluator ``fd-NAME`` measures.
        summary: what its features are, to follow "Fréchet distance of".
        load: ``(device, file of weights or None, report)`` to the extractor; it raises InputError where it cannot.
        metric: the name of the Fréchet distance, where it is another.
        reads_weights: whether a user may name a file of weights, with ``$GANLAB_NAME_WEIGHTS``.
        fits: whether it can be used for such images.
        resizes: whether it brings images of all sizes and of 1 or 3 channels to one shape.
    """

    name: str
    summary: str
    paper: str = ""
    load: Callable[[torch.device, Path | None, Report], Extractor]
    metric: str = ""
    reads_weights: bool = False
    resizes: bool = False
    fits: Callable[[Images], bool] = lambda images: True


EXTRACTORS: Registry[ExtractorSource] = Registry("extractor")


def register(source: ExtractorSource) -> ExtractorSource:
    """Add an extractor, and the Fréchet distance of its features to the evaluators.

    Raises:
        InputError: there is one of that name, or an evaluator called like its distance.
    """
    EXTRACTORS.add(source)
    EVALUATORS.add(_frechet_evaluator(source))
    return source


def real_features(extractor: Extractor, images: Images, report: Report, device: torch.device) -> RealFeatures:
    """What a registered `extractor` says of real `images`."""
    return RealFeatures(extractor, images, report, device, EXTRACTORS.code_of(extractor.name))


def variable_of(name: str) -> str:
    """The environment variable that names the file of an extractor's weights."""
    return f"GANLAB_{name.upper().replace('-', '_')}_WEIGHTS"


def named_weights(name: str, named: Path | None = None, published: str = "") -> Path | None:
    """The file of weights that the user named: `named`, or what the environment says.

    Raises:
        InputError: there is no such file.
    """
    variable = os.environ.get(variable_of(name))
    file = named or (Path(variable) if variable else None)
    if file and not file.is_file():
        raise InputError(
            f"there is no file {file}; name the weights of '{name}'{f', {published}' if published else ''}"
        )
    return file


def stock_network(
    name: str, file: Path, network: str, layers: Sequence[str], published: str, script: bool = False
) -> nn.Module:
    """torch-fidelity's extractor `network` with the weights in `file`, on the CPU, in evaluation mode.

    Args:
        name: of the extractor, for messages.
        file: the weights.
        network: torch-fidelity's name of it.
        layers: whose features it gives.
        published: where the weights are published.
        script: whether the file is an archive of TorchScript, rather than a dictionary of tensors.

    Raises:
        InputError: the file holds something else.
    """
    with needed_for(f"the extractor '{name}'"):
        from torch_fidelity.utils import create_feature_extractor

    try:
        with torch.random.fork_rng(devices=[]):
            built: nn.Module = create_feature_extractor(
                network,
                list(layers),
                cuda=False,
                verbose=False,
                feature_extractor_weights_path=str(file) if script else tensors_alone(file),
            )
    except BROKEN as fault:
        raise unusable(name, file, published) from fault
    if not all(value.isfinite().all() for value in built.state_dict().values()):
        raise unusable(name, file, published)
    return built


def tensors_alone(file: Path) -> io.BytesIO:
    """A copy of `file` that is safe to unpickle, as torch-fidelity does, onto the device that it was saved from."""
    copy = io.BytesIO()
    torch.save(torch.load(file, map_location="cpu", weights_only=True), copy)
    copy.seek(0)
    return copy


def unusable(name: str, file: Path, published: str) -> InputError:
    return InputError(f"{file} does not hold the weights of '{name}'; name a copy of {published}")


def _frechet_evaluator(source: ExtractorSource) -> FeatureEvaluator:
    metric = source.metric or f"fd_{source.name}"

    def distance(subject: Subject, real: RealFeatures) -> dict[str, float]:
        return {metric: frechet_distance(subject.features(real.extractor).values, real.moments)}

    def floor(real: RealFeatures, count: int) -> dict[str, float]:
        dimensions = real.features.values.shape[1]
        known = min(count, len(real)) > dimensions  # below, the expansion does not hold
        return {metric: frechet_floor(real.moments, count)} if known else {}

    return FeatureEvaluator(
        name=metric.replace("_", "-"),
        summary=f"Fréchet distance of {source.summary}",
        paper=source.paper,
        metrics=(Metric(name=metric, better="lower", estimator=f"Fréchet distance of {source.summary}"),),
        extractor=source.name,
        function=distance,
        floor=floor,
        least=2,
        least_real=2,
    )
