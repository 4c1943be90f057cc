"""From a sweep to the complete specs of its runs: defaults, variants' settings and overrides merged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from ganlab import data as data_room
from ganlab.data import DATA, Data
from ganlab.errors import InputError
from ganlab.evaluation import find_evaluator
from ganlab.games import Game, augmentation_options, find, game_options, prior_options
from ganlab.networks import BUILDERS
from ganlab.options import parse
from ganlab.plugins import use_plugins
from ganlab.record.optimizers import parse_optimizer
from ganlab.record.settings import NONE, PLAYERS
from ganlab.record.spec import Choice, Course, DataChoice, RunSpec
from ganlab.registry import Registry
from ganlab.sweeps.contradictions import refuse_contradictions
from ganlab.sweeps.keys import merge
from ganlab.sweeps.schema import Sweep, VariantEntry
from ganlab.sweeps.settings import MAY_BE_NONE, Settings, given
from ganlab.text import one_line
from ganlab.training.devices import memory_for
from ganlab.training.evaluating import refuse_unmeasurable
from ganlab.training.setup import build_member, readings_of
from ganlab.variants import (
    CONSTRAINTS,
    PENALTIES,
    Variant,
)

DEFAULTS: Mapping[str, Any] = {
    "batch_size": 64,
    "latent_dim": 8,
    "builder": {"name": "mlp"},
    "generator_steps": 1,
    "updates": "alternating",
    "ema": 0.999,
    "evaluation": {"samples": 10_000},
    "conditional": False,
    "precision": "fp32",
    "schedules": {},
    "prior": {"name": "normal"},
}
"""Values of fields without a default of their own, where neither the variant's paper nor the sweep sets them."""

ROWS = 100
EVALUATIONS = 10


def resolve(sweep: Sweep, report: Callable[[str], None] = lambda line: None) -> list[RunSpec]:
    """The spec of every run of `sweep`: data by data, row by row, seed by seed.

    Args:
        sweep: what the user asks for.
        report: takes a line on what was found in each data set that is read from files.

    Raises:
        InputError: a name is unknown, an option is wrong, or data cannot be read.
    """
    use_plugins(sweep.plugins)
    specs = []
    for choice in sweep.data:
        data_choice, data = load_choice(choice, sweep.seeds)
        if data.found:
            report(data.found)
        for entry in sweep.variants:
            first = spec_of(sweep, entry, data_choice, data)
            given = data.labelled() if first.conditional else data
            with memory_for(f"variant '{entry.label}': its networks", torch.device("cpu")):
                member = build_member(first, given)
                if sweep.plugins:
                    readings_of(member, given, first)  # refuses networks and objectives that do not fit
            refuse_unmeasurable(first, member.game, given.reference)
            specs += [first.model_copy(update={"seed": seed}) for seed in sweep.seeds]
    _refuse_unlike_protocols(specs)
    if len({spec.id for spec in specs}) < len(specs):
        raise InputError("the sweep lists the same data twice; name each data set once")
    return specs


def _refuse_unlike_protocols(specs: Sequence[RunSpec]) -> None:
    """Check that all rows are evaluated alike; a table could not show them side by side."""
    first = specs[0]
    for spec in specs:
        for key, one, other in (
            ("evaluation.samples", first.evaluation.samples, spec.evaluation.samples),
            ("evaluators", *(", ".join(one.evaluators) or "none" for one in (first, spec))),
            ("primary", *(one.primary or "none" for one in (first, spec))),
            ("ema", f"{first.ema:g}", f"{spec.ema:g}"),
            ("schedules.ema", *(_in_short(one.schedules.get("ema")) for one in (first, spec))),
        ):
            if one != other:
                raise InputError(
                    f"'{first.label}' has {key} {one} and '{spec.label}' {other}, and rows that are measured "
                    "differently cannot share a table; set it alike for all rows, or make two sweeps of them"
                )


def _in_short(course: Course | None) -> str:
    return f"{course.shape} to {course.to:g} over {course.over:g}" if course else "none"


def load_choice(choice: Mapping[str, Any], seeds: Sequence[int]) -> tuple[DataChoice, Data]:
    """The data with all of its options, and that of the first seed.

    Raises:
        InputError: it cannot be read, or an option is wrong.
    """
    name, given = _split(choice, "data")
    where = f"data '{name}'"
    options = parse(DATA[name].options, given, where)
    chosen = DataChoice(name=name, options=options.model_dump(mode="json"))
    for seed in seeds:
        parse(DATA[name].options, chosen.options_for(seed), where)  # refuses the split of a seed that does not exist
    return chosen, data_room.load(name, chosen.options_for(seeds[0]), where)


def spec_of(sweep: Sweep, entry: VariantEntry, data_choice: DataChoice, data: Data) -> RunSpec:
    """The spec of the sweep's first seed for one row on some data; whether its networks fit is not tried.

    Raises:
        InputError: a name is unknown, or an option is wrong.
    """
    variant = find(entry.name)
    where = f"variant '{entry.label}'"
    values = _settings(_of_paper(variant), _set_by(sweep), _set_by(entry))
    if "steps" not in values:
        raise InputError("the sweep does not say how many steps to train; add a key such as 'steps: 5000'")
    if values["conditional"] and not data.form.condition_width:
        raise InputError(
            f"{where}: 'conditional' needs labels, and the data '{data_choice.name}' has none; "
            "a folder of images has them if all lie in two or more subfolders, a table by 'given'"
        )
    identity = {
        "label": entry.label,
        "variant": variant.name,
        "plugins": sweep.plugins,
        "dataset": _in_words(data_choice),
        "data": data_choice,
        "data_fingerprint": data.fingerprint,
        "seed": sweep.seeds[0],
    }
    spec = parse(RunSpec, {**identity, **_spelled_out(values, entry.name, where)}, where)
    refuse_contradictions(spec, where)
    return spec


def _settings(*layers: Mapping[str, Any]) -> dict[str, Any]:
    """`DEFAULTS` overridden by the settings of each layer in turn, and the settings derived from them."""
    values = dict(DEFAULTS)
    for layer in layers:
        values = merge(values, layer)
    values.setdefault("generator_batch_size", values["batch_size"])
    if "steps" in values:
        values.setdefault("log_every", max(1, values["steps"] // ROWS))
        values["evaluation"] = {"every": max(1, values["steps"] // EVALUATIONS), **values["evaluation"]}
    return {name: None if name in MAY_BE_NONE and value == NONE else value for name, value in values.items()}


def _of_paper(variant: Variant | type[Game]) -> dict[str, Any]:
    """The settings of the variant itself."""
    defaults = variant.defaults
    warmup = defaults.critic_warmup
    return {
        **dict.fromkeys(PLAYERS, defaults.optimizer.model_dump()),
        "critic_steps": defaults.critic_steps,
        "critic_warmup": warmup.model_dump() if warmup else NONE,
        "penalties": variant.penalties,
        "constraints": variant.constraints,
    }


def _set_by(settings: Settings) -> dict[str, Any]:
    """The settings of a sweep or a row; `optimizer` applies where a player has none of its own."""
    values = {name: value for name, value in given(settings).items() if name in Settings.model_fields}
    common = values.pop("optimizer", {})
    return values | {player: merge(common, values.get(player, {})) for player in PLAYERS}


def _spelled_out(values: Mapping[str, Any], variant: str, where: str) -> dict[str, Any]:
    """`values` as a spec has them: with all options of each chosen entry, and in a fixed order."""
    chosen = {
        name: _choice(name, values[name], options_of, where) for name, options_of in CHOICES.items() if name in values
    }
    return {
        **values,
        **chosen,
        **{player: parse_optimizer(values[player], f"{where}, {player}") for player in PLAYERS},
        "penalties": _weights(PENALTIES, values["penalties"]),
        "constraints": _weights(CONSTRAINTS, values["constraints"]),
        "schedules": dict(sorted(values["schedules"].items())),
        "game": game_options(variant, values.get("game", {}), f"{where}, game"),
        "evaluators": tuple(dict.fromkeys(find_evaluator(name).name for name in values.get("evaluators", ()))),
    }


def _builder_options(name: str, options: Mapping[str, Any], where: str) -> dict[str, Any]:
    everything: dict[str, Any] = parse(BUILDERS[name].options, options, where).model_dump(mode="json")
    return everything


CHOICES: Mapping[str, Callable[[str, Mapping[str, Any], str], dict[str, Any]]] = {
    "builder": _builder_options,
    "prior": prior_options,
    "augment": augmentation_options,
}
"""By the name of a setting that is a `Choice`: what spells out all options of an entry."""


def _choice(
    key: str, values: Mapping[str, Any], options_of: Callable[[str, Mapping[str, Any], str], dict[str, Any]], where: str
) -> Choice | None:
    name, options = _split(values, key)
    if name == NONE and key in MAY_BE_NONE:
        if options:
            first = next(iter(options))
            raise InputError(f"{where}: '{key}' is none and has no '{first}'; name one, or remove '{first}'")
        return None
    return Choice(name=name, options=options_of(name, options, f"{where}, {key}"))


def _split(choice: Mapping[str, Any], kind: str) -> tuple[str, dict[str, Any]]:
    name = choice.get("name")
    if not isinstance(name, str):
        raise InputError(f"'{kind}' needs a name, for example '{kind}: {{name: ...}}'; see `ganlab list`")
    return name, {key: value for key, value in choice.items() if key != "name"}


def _weights(registry: Registry[Any], weights: Mapping[str, float]) -> dict[str, float]:
    """Weights by name, without those of 0.

    They are in the order of their names, as the run's id has them: a sum of terms rounds by their order.
    """
    known = {registry[name].name: weight for name, weight in weights.items()}
    return {name: weight for name, weight in sorted(known.items()) if weight != 0}


def _in_words(choice: Choice) -> str:
    """The data's name, and the options that are not its defaults."""
    defaults = {name: field.default for name, field in DATA[choice.name].options.model_fields.items()}
    given = {name: value for name, value in choice.options.items() if name not in defaults or value != defaults[name]}
    if not given:
        return choice.name
    return one_line(f"{choice.name}({', '.join(f'{name}={value}' for name, value in given.items())})")
