"""How far the discriminator is from the best one, on the line."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from ganlab.data.reference import Array, KnownDensity
from ganlab.evaluation.base import Evaluator, Metric, register
from ganlab.evaluation.subject import Subject
from ganlab.evaluation.truth import require_finite

FLOOR_DRAWS = 8

Score = Callable[[Array], Array]


def log_ratio_error(score: Score, samples: Array, reference: KnownDensity) -> float:
    """The root mean square of D(x) - log(p(x) / q(x)) over the even mixture of the data p and the samples q.

    log p/q is the best raw score of a discriminator that classifies (Goodfellow et al. 2014, proposition 1). It is
    estimated in 2 n^0.4 bins that each hold as many of the n samples and n true quantiles taken together:
    log((n p_b + 1/2) / (n q_b + 1/2)), with p_b the exact share of the data and q_b that of the samples. D is averaged
    in each bin. Whatever happens inside a bin is invisible, and no log-ratio beyond log(2 n) is seen.

    Args:
        score: values [k] to raw scores [k].
        samples: of the generator that the discriminator is trained with [n].
        reference: the data.
    """
    require_finite(samples)
    count = len(samples)
    truth = reference.quantile((np.arange(count) + 0.5) / count)
    points = np.sort(np.concatenate([samples, truth]))
    borders = np.linspace(0, 2 * count, round(2 * count**0.4) + 1).astype(int)[1:-1]
    edges = np.unique((points[borders - 1] + points[borders]) / 2)
    found = np.bincount(np.searchsorted(edges, samples), minlength=len(edges) + 1)
    true = count * np.diff(reference.cdf(edges), prepend=0, append=1)
    place = np.searchsorted(edges, points)
    sizes = np.bincount(place, minlength=len(edges) + 1)
    scores = np.bincount(place, weights=score(points), minlength=len(edges) + 1)
    held = sizes > 0
    errors = scores[held] / sizes[held] - np.log((true[held] + 0.5) / (found[held] + 0.5))
    return float(np.sqrt(np.average(np.square(errors), weights=sizes[held])))


def _measure(subject: Subject, reference: KnownDensity) -> dict[str, float]:
    data, discriminator = subject.data, subject.networks["discriminator"]
    assert data is not None
    assert subject.latents is not None
    samples = data.to_data_units(subject.networks["generator"](subject.latents)).double().numpy().ravel()

    def score(values: Array) -> Array:
        inputs = data.to_network_units(torch.from_numpy(values)[:, None])
        scores: Array = discriminator(inputs).double().numpy()
        return scores

    return {"discriminator_error": log_ratio_error(score, samples, reference)}


def _floor(reference: KnownDensity, count: int) -> dict[str, float]:
    """The mean over sets of true samples, for which the best discriminator gives 0 everywhere."""
    rng = np.random.default_rng(0)
    draws = [log_ratio_error(np.zeros_like, reference.fresh(rng, count), reference) for _ in range(FLOOR_DRAWS)]
    return {"discriminator_error": float(np.mean(draws))}


register(
    Evaluator(
        name="optimal-discriminator",
        summary="distance of the discriminator's score to the best one, log p/q",
        paper="arXiv:1406.2661",
        metrics=(
            Metric(
                name="discriminator_error",
                better="lower",
                estimator="root mean square of D - log(p/q) over the even mixture of data and samples of the last "
                "iterate, in 2 n^0.4 bins of equal mass, add-half",
            ),
        ),
        needs=("network.discriminator", "network.generator", "latents", "data", "log-ratio", "unconditional"),
        function=_measure,
        floor=_floor,
        applies_to=lambda reference: not reference.of_images and reference.density is not None,
        on_request=True,
    )
)
