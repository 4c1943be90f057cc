"""The page of the keys of sweep files, from their models."""

from __future__ import annotations

from pydantic import BaseModel

from docs_site.markdown import code, page, table
from docs_site.options import HEADING, attributes, default_in_words, options_table, type_in_words, value_in_words
from ganlab.games.priors import OPTIONS as PRIORS
from ganlab.record.optimizers import CriticWarmup, Lookahead
from ganlab.record.spec import Course, RunSpec, Schedule
from ganlab.sweeps.resolve import DEFAULTS
from ganlab.sweeps.schema import Sweep
from ganlab.sweeps.search.schema import Search
from ganlab.sweeps.settings import FIELDS

INTRODUCTION = (
    "A sweep file has the keys of the first two tables. Those of the second may also stand in an entry of `variants`, "
    "for that row alone, beside its `name` and `label`. A key that is left out has the variant's value, where its page "
    "lists one, else the default here. `optimizer` sets both players' optimisers."
)
OWN = {
    "name": "of the sweep, and of its folder below `runs`",
    "data": "a data set by its name, or its name and options; or a list of these",
    "variants": "variants and games, by name or with settings of their own and a `label`; `all` is every variant",
    "seeds": "a range such as `0..4`, or a list; required without `search`",
    **attributes(Sweep),
}
MODELS: dict[str, type[BaseModel]] = {
    "search": Search,
    "evaluation": Schedule,
    "schedules.NAME": Course,
    "critic_warmup": CriticWarmup,
    "lookahead": Lookahead,
    **{f"prior: {{name: {name}}}": model for name, model in PRIORS.items()},
}
DERIVED = {"steps": "required", "generator_batch_size": "`batch_size`", "log_every": "`steps` / 100"}
"""Defaults that depend on other settings."""


def settings_page() -> str:
    """Every key, with its type, its default and what it means."""
    own = table(
        ["key", "default", "meaning"],
        [[code(name), default_in_words(Sweep.model_fields[name]), meaning] for name, meaning in OWN.items()],
    )
    meanings = attributes(RunSpec)
    settings = [[code(name), type_in_words(RunSpec, name), _default(name), meanings[name]] for name in FIELDS]
    parts = [f"## `{name}`\n\n{options_table(model)}" for name, model in MODELS.items() if options_table(model)]
    return page(
        "Keys of sweep files",
        INTRODUCTION,
        f"## The sweep\n\n{own}",
        f"## Settings\n\n{table(HEADING, settings)}",
        *parts,
    )


def _default(name: str) -> str:
    """What a setting is where neither the variant nor the sweep says otherwise."""
    if name in DEFAULTS:
        return value_in_words(DEFAULTS[name])
    field = RunSpec.model_fields[name]
    return DERIVED.get(name, "the variant's") if field.is_required() else default_in_words(field)
