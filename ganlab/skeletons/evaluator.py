"""An evaluator: generated samples in, named numbers out."""

import numpy as np

from ganlab.data import SampleReference
from ganlab.evaluation import Evaluator, Metric, Subject, register


def spread_error(subject: Subject, reference: SampleReference) -> dict[str, float]:
    """The relative error of the standard deviation.

    `subject` has the samples; with ``needs=("latents", "generator", "network.discriminator")`` below it has those too.
    `reference` has the truth, or held-out samples.
    """
    samples = subject.prepared(reference)
    spread = np.sqrt(np.asarray(samples).reshape(len(samples), -1).var(0).mean())
    return {"spread_error": float(abs(spread / reference.spread - 1))}


register(
    Evaluator(
        name="skeleton",
        summary="what it is, for `ganlab list`",
        metrics=(Metric(name="spread_error", better="lower", estimator="|standard deviation / true one - 1|"),),
        applies_to=lambda reference: reference.sample_shape == (1,),
        function=spread_error,
    )
)
