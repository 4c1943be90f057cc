"""How well a game with an encoder reconstructs held-out data."""

from __future__ import annotations

from torch import Tensor

from ganlab.evaluation.base import Evaluator, Metric, register
from ganlab.evaluation.subject import Network, Subject
from ganlab.evaluation.truth import has_held_out, held_out_for_networks

MOST = 2_000


def reconstruction_error(generator: Network, encoder: Network, real: Tensor) -> float:
    """The mean of (generator(encoder(x)) - x)^2 over samples and their coordinates.

    Args:
        generator: latents [B, Z] to samples [B, ...].
        encoder: samples to latents.
        real: [m, ...], in the networks' units.
    """
    return float((generator(encoder(real)) - real).double().square().mean())


def _measure(subject: Subject, reference: object) -> dict[str, float]:
    assert subject.data is not None
    assert subject.generator is not None
    real = held_out_for_networks(subject.data, MOST)
    return {"reconstruction": reconstruction_error(subject.generator, subject.networks["encoder"], real)}


register(
    Evaluator(
        name="reconstruction",
        summary="squared error of held-out data that is encoded and generated again",
        paper="arXiv:1606.00704",
        metrics=(
            Metric(
                name="reconstruction",
                better="lower",
                estimator="mean squared error of generator(encoder(x)) over at most 2,000 held-out samples x and their "
                "coordinates, in the networks' units",
            ),
        ),
        needs=("generator", "network.encoder", "data", "unconditional"),
        function=_measure,
        applies_to=has_held_out,
        on_request=True,
    )
)
