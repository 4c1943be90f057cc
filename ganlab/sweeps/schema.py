"""The typed contents of a sweep file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, field_validator, model_validator

from ganlab import games
from ganlab.errors import InputError
from ganlab.options import ListOf, parse, shown
from ganlab.plugins import added_plugins, read_plugin, use_plugins
from ganlab.record.plugin import Plugin
from ganlab.sweeps.keys import KEYS_GIVEN, Overrides, Source, apply_overrides, plugin_files, read_keys
from ganlab.sweeps.search.candidate import LONGEST_SUFFIX
from ganlab.sweeps.search.schema import Search, Space
from ganlab.sweeps.seeds import Seeds
from ganlab.sweeps.settings import Settings, given
from ganlab.text import without_passwords

LONGEST_NAME = 100
TRIALS = "-trials"
"""Ends the name of the folder of a search's trials, which begins with the name of its sweep."""


def _usable_as_file_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.+-]*", name) or len(name) > LONGEST_NAME:
        raise ValueError(
            f"{name[:LONGEST_NAME]!r} cannot be the name of a folder; use at most {LONGEST_NAME} letters (a to z), "
            "digits, and . _ + -, and begin with a letter or a digit"
        )
    return name


Name = Annotated[str, AfterValidator(_usable_as_file_name)]


def _not_of_trials(name: str) -> str:
    if name.endswith(TRIALS):
        raise ValueError(f"'{name}' ends in '{TRIALS}', as the folders of trials of searches do; give it another name")
    return name


class VariantEntry(Settings):
    """One row of the sweep: a variant by `name`, any settings of its own, and the `label` to tell it by.

    Attributes:
        space: of settings to search, on top of that of the sweep's `search`.
    """

    name: str
    label: Name
    space: Space | None = None


class Sweep(Settings):
    """A sweep: variants x data x settings x seeds.

    Attributes:
        plugins: files of the user's own, in YAML by their paths. They are part of every run of the sweep.
        search: how settings are chosen, in the place of `seeds` and `steps`.
        device: where to train: auto, cpu, cuda, cuda:N or mps. It is not part of a run's identity.
        engine: where jobs execute: its name, and its options beside it. Nor is it.
    """

    name: Annotated[Name, AfterValidator(_not_of_trials)]
    data: Annotated[ListOf[Mapping[str, Any]], Field(min_length=1)]
    variants: Annotated[ListOf[VariantEntry], Field(min_length=1)]
    plugins: ListOf[Plugin] = ()
    seeds: Seeds = ()
    search: Search | None = None
    device: str = "auto"
    engine: Mapping[str, Any] = {"name": "local"}

    @field_validator("engine", mode="before")
    @classmethod
    def _engine(cls, value: Any) -> Any:
        return {"name": value} if isinstance(value, str) else {"name": "local", **_keys(value)}

    @field_validator("data", mode="before")
    @classmethod
    def _one_or_more(cls, value: Any) -> Any:
        several = value if isinstance(value, list) else [value]
        return [{"name": one} if isinstance(one, str) else _keys(one) for one in several]

    @field_validator("variants", mode="before")
    @classmethod
    def _entries(cls, value: Any) -> Any:
        return [_entry(one) for one in (value if isinstance(value, list) else [value])]

    @field_validator("variants")
    @classmethod
    def _distinct_labels(cls, value: Any) -> Any:
        labels = [entry.label for entry in value]
        for label in labels:
            if labels.count(label) > 1:
                raise ValueError(f"two entries are called '{label}'; give one of them another 'label'")
        return value

    @model_validator(mode="after")
    def _seeds_or_a_search(self) -> Sweep:
        if self.search is None:
            if not self.seeds:
                raise ValueError("the key 'seeds' is missing")
            if own := next((entry for entry in self.variants if entry.space is not None), None):
                raise ValueError(
                    f"'{own.label}' has a space and the sweep has no 'search'; add one, or remove the space"
                )
            return self
        if self.seeds:
            raise ValueError("with a search, its tune_seeds and report_seeds are the seeds; remove the key 'seeds'")
        if any("steps" in given(settings) for settings in (self, *self.variants)):
            raise ValueError("with a search, its budget says how long runs are; remove the key 'steps'")
        longest = max((entry.label for entry in self.variants), key=len)
        if len(longest) > LONGEST_NAME - LONGEST_SUFFIX:
            raise ValueError(
                f"the label '{longest}' has {len(longest)} letters; with a search it may have "
                f"{LONGEST_NAME - LONGEST_SUFFIX}, since the labels of its trials are longer"
            )
        return self


def _keys(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{shown(value)} is neither a name nor keys such as {{name: ...}}")
    return value


def _entry(value: Any) -> Any:
    if isinstance(value, str):
        if "," in value:
            raise ValueError(f"{value!r} is one text; write a list, such as variants: [{', '.join(value.split(','))}]")
        value = {"name": value}
    if "name" not in _keys(value):
        return value
    if isinstance(value["name"], str):
        games.find(value["name"])  # refuses an unknown one
    return {"label": value["name"], **value}


def load_sweep(source: Source, overrides: Overrides = ()) -> Sweep:
    """The sweep in a YAML file or of the keys that such a file would hold, with overrides.

    Its plugins, and those of `ganlab.plugin`, are in use after this, so that it can name what they register.

    Raises:
        InputError: something in the file, in an override or in a plugin is wrong.
    """
    read = {file.resolve(): read_plugin(file) for file in plugin_files(source, overrides)}
    others = {file: plugin for file, plugin in added_plugins().items() if file not in read}
    plugins = tuple({**others, **read}.values())  # in this order whichever are added: it is part of the runs' ids
    use_plugins(plugins)
    values = apply_overrides(read_keys(source), overrides)
    where = str(source if isinstance(source, Path) else KEYS_GIVEN)
    _refuse_passwords(values, where)
    return parse(Sweep, {**values, "plugins": plugins}, where)


def _refuse_passwords(value: Any, where: str) -> None:
    """Check that no URL in a sweep holds a password or a token, since all of it is recorded with each run."""
    if isinstance(value, str) and without_passwords(value) != value:
        raise InputError(
            f"{where}: '{without_passwords(value)}' holds a password or a token, which every run would record; keep it "
            "in an environment variable that the program reads, or download the file"
        )
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        _refuse_passwords(one, where)
