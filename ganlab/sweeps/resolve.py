"""From a sweep to the complete specs of its runs: defaults, variants' settings and overrides laid together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ganlab import data as data_room
from ganlab.data import DATA, Data
from ganlab.errors import InputError
from ganlab.evaluation import find_evaluator
from ganlab.networks import BUILDERS
from ganlab.options import parse
from ganlab.registry import Registry, did_you_mean
from ganlab.sweeps.contradictions import refuse_contradictions
from ganlab.sweeps.schema import Settings, Sweep, VariantEntry
from ganlab.sweeps.yaml_files import merge
from ganlab.text import one_line
from ganlab.training.evaluating import refuse_unmeasurable
from ganlab.training.setup import build_member
from ganlab.training.spec import Choice, Course, DataChoice, Precision, RunSpec, Schedule, Updates
from ganlab.variants import (
    CONSTRAINTS,
    PENALTIES,
    SGD,
    VARIANTS,
    Adam,
    CriticWarmup,
    OptimizerSettings,
    RMSProp,
    Variant,
    load_file,
)

BATCH_SIZE = 64
LATENT_DIM = 8
EMA = 0.999
BUILDER = "mlp"
ROWS = 100
EVALUATIONS = 10
SAMPLES = 10_000
PRECISION: Precision = "fp32"
GENERATOR_STEPS = 1
UPDATES: Updates = "alternating"

OPTIMIZERS: dict[str, type[OptimizerSettings]] = {"adam": Adam, "rmsprop": RMSProp, "sgd": SGD}

Value = TypeVar("Value")


def resolve(sweep: Sweep, report: Callable[[str], None] = lambda line: None) -> list[RunSpec]:
    """The spec of every run of `sweep`: data by data, row by row, seed by seed.

    Args:
        sweep: what the user asks for.
        report: takes a line on what was found in each data set that is read from files.

    Raises:
        InputError: a name is unknown, an option is wrong, or data cannot be read.
    """
    sources: dict[str, str] = {}
    for file in sweep.variant_files:
        sources |= load_file(Path(file))
    specs = []
    for choice in sweep.data:
        data_choice, data = _load_data(choice, sweep.seeds)
        if data.found:
            report(data.found)
        for entry in sweep.variants:
            first = _with_source(_spec(sweep, entry, data_choice, data), sources)
            build_member(first, data)  # refuses networks that do not fit
            refuse_unmeasurable(first, data.reference)
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
            ("evaluation.evaluators", *(", ".join(one.evaluation.evaluators) or "none" for one in (first, spec))),
            ("ema", f"{first.ema:g}", f"{spec.ema:g}"),
            ("schedules.ema", *(_in_short(one.schedules.get("ema")) for one in (first, spec))),
        ):
            if one != other:
                raise InputError(
                    f"'{first.label}' has {key} {one} and '{spec.label}' {other}, and what is measured differently "
                    "cannot share a table; set it alike for all rows, or make two sweeps of them"
                )


def _in_short(course: Course | None) -> str:
    return f"{course.shape} to {course.to:g} over {course.over:g}" if course else "none"


def _with_source(spec: RunSpec, sources: Mapping[str, str]) -> RunSpec:
    """`spec` with the text of the user's file that defines what it names, if one does."""
    names = (spec.variant, *spec.penalties, *spec.constraints)
    texts = {sources[name] for name in names if name in sources}
    if len(texts) > 1:
        raise InputError(f"'{spec.label}' takes what it names from {len(texts)} variant files; put it into one")
    return spec.model_copy(update={"variant_source": next(iter(texts), None)})


def _load_data(choice: Mapping[str, Any], seeds: Sequence[int]) -> tuple[DataChoice, Data]:
    """The data with all of its options, and that of the first seed."""
    name, given = _split(choice, "data")
    where = f"data '{name}'"
    options = parse(DATA[name].options, given, where)
    chosen = DataChoice(name=name, options=options.model_dump(mode="json"))
    for seed in seeds:
        parse(DATA[name].options, chosen.options_for(seed), where)  # refuses the split of a seed that does not exist
    return chosen, data_room.load(name, chosen.options_for(seeds[0]), where)


def _spec(sweep: Sweep, entry: VariantEntry, data_choice: DataChoice, data: Data) -> RunSpec:
    """The spec of the sweep's first seed for one row."""
    variant = VARIANTS[entry.name]
    where = f"variant '{entry.label}'"
    defaults = variant.defaults
    steps = entry.steps or sweep.steps
    if steps is None:
        raise InputError("the sweep does not say how many steps to train; add a key such as 'steps: 5000'")
    builder_name, builder_given = _split(merge(sweep.builder, entry.builder), "builder", BUILDER)
    builder = BUILDERS[builder_name]
    conditional = _first(entry.conditional, sweep.conditional, False)
    if conditional and not data.classes:
        raise InputError(
            f"{where}: 'conditional' needs labels, and the data '{data_choice.name}' has none; "
            "a folder of images has them if all lie in two or more subfolders"
        )
    warmup = entry.critic_warmup or sweep.critic_warmup or defaults.critic_warmup
    batch_size = _first(entry.batch_size, sweep.batch_size, BATCH_SIZE)
    spec = RunSpec(
        label=entry.label,
        variant=variant.name,
        dataset=_in_words(data_choice),
        data=data_choice,
        data_fingerprint=data.fingerprint,
        builder=Choice(
            name=builder_name,
            options=parse(builder.options, builder_given, f"{where}, builder").model_dump(mode="json"),
        ),
        seed=sweep.seeds[0],
        steps=steps,
        batch_size=batch_size,
        generator_batch_size=_first(entry.generator_batch_size, sweep.generator_batch_size, batch_size),
        latent_dim=_first(entry.latent_dim, sweep.latent_dim, LATENT_DIM),
        discriminator_optimizer=_optimizer(variant, sweep, entry, "discriminator_optimizer", where),
        generator_optimizer=_optimizer(variant, sweep, entry, "generator_optimizer", where),
        critic_steps=_first(entry.critic_steps, sweep.critic_steps, defaults.critic_steps),
        critic_warmup=warmup if isinstance(warmup, CriticWarmup) else None,
        generator_steps=_first(entry.generator_steps, sweep.generator_steps, GENERATOR_STEPS),
        updates=_first(entry.updates, sweep.updates, UPDATES),
        penalties=_weights(PENALTIES, variant.penalties, sweep.penalties, entry.penalties),
        constraints=_weights(CONSTRAINTS, variant.constraints, sweep.constraints, entry.constraints),
        ema=_first(entry.ema, sweep.ema, EMA),
        evaluation=_schedule(sweep, entry, steps),
        log_every=_first(entry.log_every, sweep.log_every, max(1, steps // ROWS)),
        conditional=conditional,
        precision=_first(entry.precision, sweep.precision, PRECISION),
        schedules=dict(sorted({**sweep.schedules, **entry.schedules}.items())),
    )
    refuse_contradictions(spec, where)
    return spec


def _first(*values: Value | None) -> Value:
    """The first value that is set."""
    return next(value for value in values if value is not None)


def _split(choice: Mapping[str, Any], kind: str, default: str | None = None) -> tuple[str, dict[str, Any]]:
    name = choice.get("name", default)
    if not isinstance(name, str):
        raise InputError(f"'{kind}' needs a name, for example '{kind}: {{name: ...}}'; see `ganlab list`")
    return name, {key: value for key, value in choice.items() if key != "name"}


def _optimizer(variant: Variant, sweep: Settings, entry: Settings, player: str, where: str) -> OptimizerSettings:
    """The variant's optimiser with what the sweep, the entry, and their keys for this player say on top."""
    settings: Mapping[str, Any] = variant.defaults.optimizer.model_dump()
    layers = (sweep.optimizer, getattr(sweep, player), entry.optimizer, getattr(entry, player))
    for layer in layers:
        settings = merge(settings, layer)
    name = settings.get("name")
    if not isinstance(name, str) or name not in OPTIMIZERS:
        raise InputError(f"{where}: unknown optimizer '{name}'; {did_you_mean(str(name), OPTIMIZERS)}")
    return parse(OPTIMIZERS[name], settings, f"{where}, {player}")


def _weights(registry: Registry[Any], *layers: Mapping[str, float]) -> dict[str, float]:
    """Weights by name, later layers over earlier ones, without those of weight 0.

    They are in the order of their names, as the run's id has them: a sum of terms rounds by their order.
    """
    weights = {registry[name].name: weight for layer in layers for name, weight in layer.items()}
    return {name: weight for name, weight in sorted(weights.items()) if weight != 0}


def _schedule(sweep: Settings, entry: Settings, steps: int) -> Schedule:
    own, common = entry.evaluation, sweep.evaluation
    return Schedule(
        every=_first(own.every, common.every, max(1, steps // EVALUATIONS)),
        samples=_first(own.samples, common.samples, SAMPLES),
        evaluators=_evaluators(_first(own.evaluators, common.evaluators, ())),
    )


def _evaluators(names: Sequence[str]) -> tuple[str, ...]:
    """The names as the registry spells them, each once.

    Raises:
        InputError: there is no such evaluator.
    """
    return tuple(dict.fromkeys(find_evaluator(name).name for name in names))


def _in_words(choice: Choice) -> str:
    """The data's name, and the options that are not its defaults."""
    defaults = {name: field.default for name, field in DATA[choice.name].options.model_fields.items()}
    given = {name: value for name, value in choice.options.items() if name not in defaults or value != defaults[name]}
    if not given:
        return choice.name
    return one_line(f"{choice.name}({', '.join(f'{name}={value}' for name, value in given.items())})")
