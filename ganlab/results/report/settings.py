"""How the runs were set up and made: what all have in common, and where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ganlab.results.citation import environments
from ganlab.results.runs import Run
from ganlab.results.table import Table
from ganlab.results.wording import name_of
from ganlab.text import counted, one_line

NAMES = ("label", "dataset", "seed")
"""Settings that name a row or a run, which the lists of settings leave out."""
NOT_OF_A_MACHINE = ("population", "did_not_fit")
"""Keys of environments that are neither versions nor hardware."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Settings by name, in words.

    Attributes:
        common: those that all have alike.
        differing: the names of the others.
        each: what it is called, and its value of each of `differing`.
    """

    common: Mapping[str, str]
    differing: Sequence[str]
    each: Sequence[tuple[str, Sequence[str]]]


def settings_of_rows(table: Table) -> Settings:
    """The specs of the table's rows."""
    specs = {
        name_of(row, table): {
            **{key: value for key, value in row.spec.record().items() if key not in NAMES},
            "plugins": [str(plugin) for plugin in row.spec.plugins] or None,
        }
        for row in table.rows
    }
    return _settings(specs)


def environments_of(runs: Sequence[Run]) -> Settings:
    """Versions and hardware that made the runs that are done, as often as they differ, each with its number of runs."""
    counts: dict[str, int] = {}
    known: dict[str, Mapping[str, Any]] = {}
    for run in runs:
        for environment in environments(run) if run.done else []:
            described = {name: value for name, value in environment.record().items() if name not in NOT_OF_A_MACHINE}
            key = repr(described)
            known[key] = described
            counts[key] = counts.get(key, 0) + 1
    return _settings(
        {f"{number}: {counted(counts[key], 'run')}": known[key] for number, key in enumerate(known, start=1)}
    )


def _settings(owners: Mapping[str, Mapping[str, Any]]) -> Settings:
    flat = {name: dict(_flat(values)) for name, values in owners.items()}
    names = list(dict.fromkeys(key for values in flat.values() for key in values))
    common = {name for name in names if len({values.get(name) for values in flat.values()}) == 1}
    differing = [name for name in names if name not in common]
    first = next(iter(flat.values()), {})
    return Settings(
        common={name: first[name] for name in names if name in common},
        differing=differing,
        each=[(owner, [values.get(name, "") for name in differing]) for owner, values in flat.items()],
    )


def _flat(values: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested settings with a dot a level, and their values in words; what is not set is left out."""
    flat: list[tuple[str, str]] = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            flat += _flat(value, f"{prefix}{key}.")
        elif value is not None:
            flat.append((f"{prefix}{key}", _words(value)))
    return flat


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return one_line(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))
