"""``search`` in a sweep file: from what settings are chosen, how, and for how much training."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, FiniteFloat, SerializeAsAny, WithJsonSchema, model_validator

from ganlab.options import ListOf, Options, shown
from ganlab.record.search import Method
from ganlab.record.spec import MOST
from ganlab.sweeps.seeds import Seeds

MOST_TRIALS = 1000
RANGE_KEYS = {"low", "high", "log"}


class Range(Options):
    """Numbers from `low` to `high`, whole ones where the setting is one; `log`: uniform in their logarithm."""

    low: FiniteFloat
    high: FiniteFloat
    log: bool = False


class Choices(Options):
    """Values, each as likely as the others."""

    values: ListOf[Any]


def _space(value: Any) -> dict[str, Range | Choices]:
    if not isinstance(value, Mapping) or not value:
        raise ValueError(
            f"{shown(value)} names no settings; write for example optimizer.lr: {{low: 1e-5, high: 1e-2, log: true}}"
        )
    domains: dict[str, Any] = {}
    for name, domain in _dotted(value):
        earlier = domains.get(name)  # as a file has it with dots, and a command line that changes a part of it nested
        if isinstance(earlier, Mapping) and isinstance(domain, Mapping):
            domain = {**earlier, **domain}
        domains[name] = domain
    return {name: _domain(name, domain) for name, domain in sorted(domains.items())}


def _dotted(keys: Mapping[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """What stands under each setting by its dotted name, ``a: {b: [1, 2]}`` under ``a.b``."""
    for key, value in keys.items():
        if isinstance(value, Mapping) and value and not RANGE_KEYS & value.keys():
            yield from _dotted(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _domain(name: str, value: Any) -> Range | Choices:
    if isinstance(value, Range | Choices):
        return value
    if isinstance(value, list | tuple):
        if not value:
            raise ValueError(f"{name} has no values; list at least one")
        return Choices(values=tuple(value))
    if not isinstance(value, Mapping):
        raise ValueError(f"{name} is {shown(value)}; it must be a list of values, or {{low: ..., high: ...}}")
    if unknown := [key for key in value if key not in RANGE_KEYS]:
        raise ValueError(f"{name} has the unknown key '{unknown[0]}'; a range has low, high and log")
    low, high = (_bound(name, key, value.get(key)) for key in ("low", "high"))
    if not low < high:
        raise ValueError(f"{name} goes from {low:g} to {high:g}; low must be less than high")
    log = value.get("log", False)
    if not isinstance(log, bool):
        raise ValueError(f"{name}: log is {shown(log)}; it must be true or false")
    if log and low <= 0:
        raise ValueError(
            f"{name} goes from {low:g}, which has no logarithm; let low be greater than 0, or leave out log"
        )
    return Range(low=low, high=high, log=log)


def _bound(name: str, key: str, value: Any) -> float:
    if type(value) not in (int, float) or not abs(value) <= MOST:
        raise ValueError(f"{name}: {key} is {shown(value)}; it must be a number")
    return float(value)


Space = Annotated[Mapping[str, SerializeAsAny[Options]], BeforeValidator(_space), WithJsonSchema({"type": "object"})]
"""`Range` or `Choices` by the dotted name of a setting, in the order of the names."""


class Search(Options):
    """How the settings of each row are chosen.

    Attributes:
        space: a list of values, or ``{low, high}`` with ``log: true`` if wanted, by the setting's dotted name, for all
            rows; a row's own `space` comes on top.
        trials: of each row, each on every tune seed.
        method: random; sobol, a scrambled Sobol sequence, which fills the space more evenly; or optuna, whose TPE
            sampler (arXiv:2304.11127) looks at eight more trials at a time in the light of those before.
        tune_seeds: on which trials are compared; a range or a list.
        report_seeds: other ones, on which the chosen settings are trained for the table.
        budget: real samples that the discriminator sees in each run, from which its iterations follow.
        halving: with optuna, asynchronous halving (arXiv:1810.05934) that lets 1 trial in so many go on to a budget so
            many times as large.
    """

    space: Space = Field(default_factory=dict)
    trials: Annotated[int, Field(ge=1, le=MOST_TRIALS)]
    method: Method = "random"
    tune_seeds: Seeds
    report_seeds: Seeds
    budget: Annotated[int, Field(ge=2, le=MOST)]
    halving: Annotated[int, Field(ge=2, le=MOST_TRIALS)] | None = None

    @model_validator(mode="after")
    def _apart(self) -> Search:
        if shared := sorted({*self.tune_seeds} & {*self.report_seeds}):
            raise ValueError(
                f"the seed {shared[0]} is one of tune_seeds and of report_seeds; settings that were chosen on a seed "
                "look better on it than they are, so give report_seeds others"
            )
        if self.halving is not None and self.method != "optuna":
            raise ValueError(f"halving goes with the method optuna, and the method is {self.method}")
        if self.halving is not None and self.halving > self.trials:
            raise ValueError(f"halving is {self.halving}, and there are {self.trials} trials; it must not be larger")
        return self
