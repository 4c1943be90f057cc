"""What is written of one member while its population trains."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from heapq import merge
from itertools import groupby, islice, zip_longest
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from torch import Tensor

from ganlab.errors import InputError
from ganlab.evaluation import Evaluation, Subject
from ganlab.evaluation.diagnostics import Watch, decline_warning, divergence_warning
from ganlab.games import find
from ganlab.plugins import defined_in
from ganlab.record import RunDirectory
from ganlab.record.files import for_shell
from ganlab.record.rows import evaluations, metrics_of
from ganlab.record.spec import RunSpec
from ganlab.record.summary import Cost, Outcome, Protocol, best_of
from ganlab.tracking.pictures import PICTURES, grid_png
from ganlab.training import checkpoint
from ganlab.training.papers import settings_of
from ganlab.training.state import State, is_finite
from ganlab.variants import PENALTIES, Variant

Row = dict[str, float | int | None]


class Record:
    """One member's run directory, and what was learnt of the member so far.

    Attributes:
        train_seconds, evaluation_seconds: the member's share of its populations' wall time, over all interruptions.
            What came after the last row that was kept is lost.

    Args:
        spec: of the member.
        directory: where its record stands.
        evaluation: what is measured of its samples.
    """

    def __init__(self, spec: RunSpec, directory: RunDirectory, evaluation: Evaluation) -> None:
        self.spec = spec
        self.directory = directory
        self.diverged_at: int | None = None
        self.warnings: list[str] = []
        self.train_seconds = 0.0
        self.evaluation_seconds = 0.0
        self._evaluation = evaluation
        kind = find(spec.variant)
        self._watch = Watch(
            modes=evaluation.modes,
            spread=evaluation.spread,
            separates_means=isinstance(kind, Variant) and kind.separates_means,
            two_sided=sum(weight for name, weight in spec.penalties.items() if PENALTIES[name].two_sided),
        )

    def resume(self, iteration: int) -> dict[str, Any]:
        """Drop what was written after `iteration`, and take up what was noticed before it.

        Returns:
            The last row, empty where there is none.

        Raises:
            InputError: a row is broken, or the last one does not say how long the run took.
        """
        self.directory.rewind(iteration)
        rows = self.directory.metrics()
        for row in rows:
            self.warnings += self._watch.update(row["global_step"], row)
        if not rows:
            return {}
        self.train_seconds = self._seconds(rows[-1], "train_seconds")
        self.evaluation_seconds = self._seconds(rows[-1], "evaluation_seconds")
        return rows[-1]

    def _seconds(self, row: dict[str, Any], name: str) -> float:
        if not isinstance(row.get(name), int | float):
            raise InputError(
                f"{self.directory.metrics_path} lacks the {name} of iteration {row['global_step']}; restore it, or "
                f"remove the run's folder to train it anew: rm -r {for_shell(self.directory.path)}"
            )
        return float(row[name])

    def spend(self, train_seconds: float, evaluation_seconds: float) -> None:
        """Count the member's share of the time since the last row."""
        self.train_seconds += train_seconds
        self.evaluation_seconds += evaluation_seconds

    def log(self, iteration: int, row: Row) -> list[str]:
        """Write one row of numbers and the seconds so far; gives the warnings that it is the first to justify."""
        seconds = {"train_seconds": self.train_seconds, "evaluation_seconds": self.evaluation_seconds}
        self.directory.log({"global_step": iteration, **row, **seconds})
        fresh = self._watch.update(iteration, row)
        self.warnings += fresh
        return fresh

    def mark_diverged(self, iteration: int) -> str:
        """Note that the member stopped at `iteration`; gives the warning."""
        self.diverged_at = iteration
        warning = divergence_warning(iteration)
        self.warnings.append(warning)
        return warning

    def evaluate(self, iteration: int, subject: Subject, picture: Mapping[str, ArrayLike]) -> Row:
        """The metrics of `subject`; keeps a `picture` of the generator."""
        if defined_in(PICTURES, str(picture["picture"])):
            self._draw_now(iteration, picture)
        self.directory.save_samples(iteration, **picture)
        return {f"eval/{name}": value for name, value in self._evaluation.measure(subject).items()}

    def _draw_now(self, iteration: int, picture: Mapping[str, ArrayLike]) -> None:
        """Draw what those who read the record could draw only by running its code."""
        arrays = {name: np.asarray(array) for name, array in picture.items() if name != "picture"}
        png = PICTURES[str(picture["picture"])].draw(f"step {iteration:,}", arrays)
        self.directory.save_picture(f"{iteration:08d}", png)

    def show(self, pictures: Mapping[str, Tensor]) -> None:
        """Draw rows of images [rows, columns, C, H, W], uint8, each as the picture of its name."""
        for name, rows in pictures.items():
            self.directory.save_picture(name, grid_png(rows.flatten(0, 1).numpy(), columns=rows.shape[1]))

    def save(self, iteration: int, state: State) -> None:
        """Write the member's checkpoint, after all rows that it covers."""
        self.directory.flush()
        checkpoint.save(self.directory, self.spec, iteration, state)

    def finish(self, iteration: int, state: State, about: dict[str, Any]) -> list[str]:
        """Write the summary, which ends the run; gives the warnings that the end justifies.

        `about` holds what all members of the population share.
        """
        self.save(iteration, state)
        fresh = [] if is_finite(state) else ["the last update overflowed: the state that is kept is not finite"]
        evaluated = evaluations(self.directory.metrics())
        diverged = self.diverged_at is not None
        protocol = Protocol(**about["protocol"])
        if not diverged and (decline := _decline(evaluated, protocol, about["floors"])):
            fresh.append(decline)
        self.warnings += fresh
        self.directory.finish(
            Outcome(
                status="diverged" if diverged else "finished",
                global_step=iteration,
                diverged_at=self.diverged_at,
                final={} if diverged else metrics_of(evaluated[-1]),
                best=best_of(evaluated, protocol.metrics),
                warnings=tuple(self.warnings),
                state_sha256=checkpoint.fingerprint(state),
                spec_sha256=self.spec.sha256,
                protocol_sha256=protocol.sha256,
                settings=settings_of(self.spec),
                cost=self._cost(iteration),
                environments=tuple(self.directory.environments()),
                **{**about, "protocol": protocol},
            )
        )
        self.directory.previous_checkpoint_path.unlink(missing_ok=True)
        return fresh

    def _cost(self, iteration: int) -> Cost:
        completed = iteration if self.diverged_at is None else self.diverged_at
        return Cost(
            train_seconds=self.train_seconds,
            evaluation_seconds=self.evaluation_seconds,
            samples_seen=self.spec.samples_seen(completed),
        )


def require_rows(run: RunDirectory, spec: RunSpec, iteration: int, alive: bool) -> None:
    """Check that `run` has the rows of all iterations up to `iteration`; those of a member that diverged end earlier.

    Raises:
        InputError: rows are missing, or a line is none.
    """
    steps = [row["global_step"] for row in run.metrics() if row["global_step"] <= iteration]
    lost = next((step for step, found in zip_longest(logged_iterations(spec, iteration), steps) if step != found), None)
    if lost is not None and (alive or steps != list(islice(logged_iterations(spec, iteration), len(steps)))):
        raise InputError(
            f"{run.metrics_path} lacks the row of iteration {lost}, and the checkpoint is of iteration {iteration}; "
            f"bring the row back, or remove the run's folder to train it anew: rm -r {for_shell(run.path)}"
        )


def logged_iterations(spec: RunSpec, end: int) -> Iterator[int]:
    """After which iterations up to `end` a row is written, ascending: all those of which `is_logged` says so."""
    every = (range(step, end + 1, step) for step in (spec.log_every, spec.evaluation.every))
    last = [spec.steps] if end == spec.steps else []
    return (step for step, _ in groupby(merge(*every, last)))


def is_evaluation(spec: RunSpec, iteration: int) -> bool:
    """Whether a member is evaluated after `iteration` iterations."""
    return iteration % spec.evaluation.every == 0 or iteration == spec.steps


def is_logged(spec: RunSpec, iteration: int) -> bool:
    """Whether a row is written after `iteration` iterations."""
    return iteration % spec.log_every == 0 or is_evaluation(spec, iteration)


def _decline(evaluations: list[dict[str, Any]], protocol: Protocol, floors: Mapping[str, float | None]) -> str | None:
    """The warning of a run that ends far worse than its best evaluation by the primary metric."""
    name = protocol.primary
    values = {row["global_step"]: value for row in evaluations if (value := row.get(f"eval/{name}")) is not None}
    return decline_warning(name, protocol.metrics[name].better, floors.get(name), values) if values else None
