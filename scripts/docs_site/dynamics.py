"""What each variant does on the Dirac-GAN (Mescheder et al. 2018, arXiv:1801.04406), as a figure of its page.

The data is the number 0, the generator one number theta that is its only sample, and the discriminator D(x) = psi x.
Both are trained by the variant's own losses and penalties, by gradient descent in turn.

    python scripts/docs_site/dynamics.py    # writes docs/images/dynamics, which is committed
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

import numpy as np
import torch
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray
from torch import Tensor

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[1]))

from ganlab.variants import CONSTRAINTS, PENALTIES, VARIANTS, Variant

FOLDER = Path(__file__).parents[2] / "docs/images/dynamics"
STEPS, RATE, START = 1_000, 0.05, (1.0, 0.0)
WEIGHT = 1.0
"""Of every penalty, and the bound of every constraint: those of images would not act on numbers of this size."""
LIMIT = 3.0
"""Of the axes; a path that leaves them is drawn as far as they reach."""
BATCH = 2
STYLE = {"svg.fonttype": "none", "svg.hashsalt": "ganlab", "font.size": 9, "axes.spines.top": False}
BLUE, GREY = "#0072b2", "#999999"


def path(variant: Variant, steps: int = STEPS) -> NDArray[np.float64]:
    """(theta, psi) before and after each of `steps` iterations [steps + 1, 2]; NaN once they are not finite.

    In an iteration the discriminator takes a step, and then the generator.
    """
    theta, psi = (torch.tensor(one, dtype=torch.float64) for one in START)
    points = [(float(theta), float(psi))]
    for _ in range(steps):
        psi = psi - RATE * torch.func.grad(lambda one, at=theta: _discriminator_loss(variant, one, at))(psi)
        for name in variant.constraints:
            psi = CONSTRAINTS[name].function({"psi": psi}, torch.tensor(WEIGHT, dtype=torch.float64))["psi"]
        theta = theta - RATE * torch.func.grad(lambda one, by=psi: _generator_loss(variant, by, one))(theta)
        points.append((float(theta), float(psi)))
    found = np.array(points)
    found[~np.isfinite(found).all(axis=1)] = np.nan
    return found


def _discriminator_loss(variant: Variant, psi: Tensor, theta: Tensor) -> Tensor:
    real, fake = _samples(theta)
    loss = variant.discriminator_loss(psi * real[:, 0], psi * fake[:, 0])
    nothing = torch.zeros_like(real)
    for name in variant.penalties:
        noise = (nothing, nothing) if PENALTIES[name].noise == "both" else nothing
        loss = loss + WEIGHT * PENALTIES[name].function(lambda x: psi * x[:, 0], real, fake, noise)
    return loss


def _generator_loss(variant: Variant, psi: Tensor, theta: Tensor) -> Tensor:
    real, fake = _samples(theta)
    return variant.generator_loss(psi * real[:, 0], psi * fake[:, 0])


def _samples(theta: Tensor) -> tuple[Tensor, Tensor]:
    """Batches [B, 1] of the data and of the generator."""
    return torch.zeros(BATCH, 1, dtype=torch.float64), theta.expand(BATCH, 1)


def figure(variant: Variant) -> str:
    """The path in the plane, and theta over the iterations, as SVG."""
    points = path(variant)
    with rc_context(STYLE):  # type: ignore[arg-type]
        drawn = Figure(figsize=(6.4, 2.6), layout="constrained")
        FigureCanvasAgg(drawn)
        plane, over = drawn.subplots(1, 2, width_ratios=[1, 1.6])
        plane.plot(*points.T, color=BLUE, linewidth=0.8)
        plane.plot(*START, "o", color=BLUE, markersize=4)
        plane.plot(0, 0, "+", color="black", markersize=9)
        plane.set(xlabel="θ, the sample", ylabel="ψ, the slope of D", aspect="equal")
        over.axhline(0, color=GREY, linewidth=0.8)
        over.plot(points[:, 0], color=BLUE, linewidth=0.8)
        over.set(xlabel="iteration", ylabel="θ")
        largest = min(LIMIT, 1.1 * float(np.nanmax(np.abs(points))))
        plane.set(xlim=(-largest, largest), ylim=(-largest, largest))
        over.set(ylim=(-largest, largest))
        file = io.StringIO()
        drawn.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def section(variant: Variant) -> str:
    """Markdown on the figure."""
    used = [*variant.penalties, *variant.constraints]
    weights = f" The weight or bound of {' and '.join(used)} is {WEIGHT:g} here." if used else ""
    return (
        "## On the simplest problem\n\n"
        f"![The path of {variant.name} on the Dirac-GAN](../../images/dynamics/{variant.name}.svg)\n\n"
        "The [Dirac-GAN](https://arxiv.org/abs/1801.04406): the data is 0 (+), the generator one number θ, the "
        f"discriminator D(x) = ψ x. From the dot on, {STEPS:,} steps of each player in turn by gradient descent with a "
        f"learning rate of {RATE:g}, by the losses above.{weights} It shows what the losses do to each other, without "
        "networks, noise and Adam. `scripts/docs_site/dynamics.py` makes it."
    )


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for variant in VARIANTS:
        (FOLDER / f"{variant.name}.svg").write_text(figure(variant), encoding="utf-8")


if __name__ == "__main__":
    main()
