"""The methods paragraphs of a paper that shows a table: how its runs were made, measured and compared.

Everything is read from the records.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence

from ganlab.record import Environment, RunSpec
from ganlab.record.optimizers import OptimizerSettings
from ganlab.record.spec import Course
from ganlab.results.citation import environments, versions
from ganlab.results.columns import Best, Column, Cost, StepsTo
from ganlab.results.rendering.grid import with_iqm
from ganlab.results.rendering.numbers import significant
from ganlab.results.runs import Run
from ganlab.results.table import Row, Table
from ganlab.results.wording import (
    by_row,
    counted,
    integers,
    listed,
    name_of,
    options,
    plugins_in_words,
    splits_of,
    value,
)
from ganlab.text import course_in_words, one_line

LIBRARIES = {
    "python": "Python",
    "torch": "PyTorch",
    "torchvision": "torchvision",
    "torch_fidelity": "torch-fidelity",
    "numpy": "NumPy",
    "scipy": "SciPy",
}
HASH_DIGITS = 12
NO_WEIGHTS = "none"
NO_ADDITIONS = "none"


def methods(runs: Sequence[Run], table: Table) -> str:
    """The paragraphs, in Markdown: training, evaluation, statistics, computation.

    Args:
        runs: all that `table` was built from.
    """
    done = [run for run in runs if run.done]
    paragraphs = [_training(done, table), _evaluation(done, table), _statistics(table), _computation(done)]
    return "\n\n".join(one_line(" ".join(sentences)) for sentences in paragraphs)


def _training(runs: Sequence[Run], table: Table) -> Iterator[str]:
    labels = list(dict.fromkeys(row.label for row in table.rows))
    papers = _papers(runs)
    variants = {row.label: _variant(row, papers) for row in table.rows}
    yield f"We trained {listed(variants[label] for label in labels)} on {listed(_data(table))} with ganlab."
    yield f"Seeds: {by_row(table, _seeds)}."
    yield f"Networks: {by_row(table, lambda row: _networks(row.spec, papers))}."
    yield f"Length of a run: {by_row(table, lambda row: _length(row.spec))}."
    yield f"In each iteration: {by_row(table, lambda row: _updates(row.spec))}."
    yield f"Optimiser: {by_row(table, lambda row: _optimizers(row.spec))}."
    if any(row.spec.penalties for row in table.rows):
        yield f"Penalties: {by_row(table, lambda row: _weighted(row.spec.penalties, 'weight', papers))}."
    if any(row.spec.constraints for row in table.rows):
        yield f"Constraints: {by_row(table, lambda row: _weighted(row.spec.constraints, 'bound', papers))}."
    if any(row.spec.schedules for row in table.rows):
        yield f"Schedules: {by_row(table, lambda row: _schedules(row.spec.schedules))}."
    if any(row.spec.plugins for row in table.rows):
        yield f"Code of our own, which the records hold: {by_row(table, lambda row: _plugins(row.spec))}."
    if any(_additions(row.spec, papers) != NO_ADDITIONS for row in table.rows):
        yield f"Additions: {by_row(table, lambda row: _additions(row.spec, papers))}."
    yield from _sources(runs)


def _seeds(row: Row) -> str:
    return f"{len(row.runs)} ({integers(list(row.runs))})"


def _variant(row: Row, papers: Mapping[str, str]) -> str:
    name = row.spec.variant
    sources = [papers[f"variant {name}"]] if f"variant {name}" in papers else []
    if name != row.label:
        sources.insert(0, f"the variant {name}")
    return f"{row.label} ({', '.join(sources)})" if sources else row.label


def _data(table: Table) -> Iterator[str]:
    for dataset in table.datasets:
        spec = next(row.spec for row in table.rows if row.dataset == dataset)
        chosen = {name: thing for name, thing in spec.data.options.items() if name != "path"}
        hashes = [
            f"{'' if name == 'sha256' else f'{name} '}SHA-256 {text[:HASH_DIGITS]}"
            for name, text in spec.data_fingerprint.items()
        ]
        about = "; ".join([*filter(None, [options(chosen)]), *hashes])
        yield f"{dataset} ({about})" if about else dataset


def _networks(spec: RunSpec, papers: Mapping[str, str]) -> str:
    name = spec.builder.name
    source = f", {papers[f'builder {name}']}" if f"builder {name}" in papers else ""
    labels = ", both networks given the labels" if spec.conditional else ""
    chosen = {key: thing for key, thing in spec.builder.options.items() if labels or key != "conditioning"}
    return (
        f"{name} ({options(chosen)}{source}) with a latent space of "
        f"{counted(spec.latent_dim, 'dimension')}{labels}, in {spec.precision}"
    )


def _length(spec: RunSpec) -> str:
    size, generator = spec.batch_size, spec.generator_batch_size
    other = f" ({generator:,} for the generator)" if generator != size else ""
    return f"{counted(spec.steps, 'iteration')} with batches of {size:,}{other}"


TOGETHER = {
    "simultaneous": "from the same parameters",
    "extragradient": "with the gradients from where such an update of both would lead",
}
"""How both networks are updated at once, by what `updates` says."""


def _updates(spec: RunSpec) -> str:
    if spec.updates in TOGETHER:
        return f"1 update of both networks, {TOGETHER[spec.updates]}"
    updates, warmup = counted(spec.critic_steps, "discriminator update"), spec.critic_warmup
    if warmup:
        updates += (
            f" ({warmup.steps:,} in the first {counted(warmup.first, 'iteration')} and in one of every "
            f"{warmup.every:,} after them)"
        )
    return f"{updates} and then {counted(spec.generator_steps, 'generator update')}"


def _optimizers(spec: RunSpec) -> str:
    discriminator, generator = map(_optimizer, (spec.discriminator_optimizer, spec.generator_optimizer))
    if discriminator == generator:
        return f"{generator} for both networks"
    return f"{discriminator} for the discriminator and {generator} for the generator"


def _optimizer(settings: OptimizerSettings) -> str:
    names = {
        "adam": "Adam",
        "adamw": "AdamW",
        "optimistic-adam": "optimistic Adam",
        "rmsprop": "RMSProp",
        "sgd": "SGD",
    }
    words = {"lr": "learning rate", "alpha": "decay", "eps": "epsilon", "weight_decay": "weight decay"}
    numbers = [
        f"{words.get(key, key)} {listed(map(value, thing)) if isinstance(thing, list) else value(thing)}"
        for key, thing in settings.model_dump(mode="json").items()
        if key != "name"
    ]
    return f"{names.get(settings.name, settings.name)} ({', '.join(numbers)})"


def _weighted(parts: Mapping[str, float], number: str, papers: Mapping[str, str]) -> str:
    def said(name: str, amount: float) -> str:
        source = papers.get(f"penalty {name}") or papers.get(f"constraint {name}")
        return f"{name.replace('_', ' ')} of {number} {amount:g}" + (f" ({source})" if source else "")

    return listed(said(name, amount) for name, amount in parts.items()) if parts else "none"


def _schedules(schedules: Mapping[str, Course]) -> str:
    names = {"lr": "learning rate", "ema": "decay of the average"}
    courses = [
        f"{names.get(name, name.replace('_', ' '))} {course_in_words(course.to, course.shape, course.over)}"
        for name, course in schedules.items()
    ]
    return listed(courses) if courses else "none"


def _plugins(spec: RunSpec) -> str:
    """The plugins, each with the modules beside it that it imports."""
    return listed(plugins_in_words(spec)) if spec.plugins else "none"


def _additions(spec: RunSpec, papers: Mapping[str, str]) -> str:
    """What a run has on top of its variant, each with its paper."""

    def said(part: str, words: str) -> str:
        return f"{words} ({papers[part]})" if part in papers else words

    found = []
    if spec.packing > 1:
        found.append(said("setting packing", f"packs of {spec.packing} samples"))
    if spec.augment:
        chosen = options(spec.augment.options)
        words = f"augmentation {spec.augment.name}{f' with {chosen}' if chosen else ''}"
        found.append(said(f"augmentation {spec.augment.name}", words))
    if spec.lecam:
        found.append(said("setting lecam", f"the LeCam regulariser of weight {spec.lecam:g}"))
    if spec.label_smoothing:
        found.append(said("setting label_smoothing", f"one-sided label smoothing of {spec.label_smoothing:g}"))
    if spec.clip_grad_norm:
        found.append(f"gradients of a norm of at most {spec.clip_grad_norm:g}")
    if spec.lookahead:
        words = f"lookahead every {spec.lookahead.steps} iterations with alpha {spec.lookahead.alpha:g}"
        found.append(said("setting lookahead", words))
    return listed(found) if found else NO_ADDITIONS


def _sources(runs: Sequence[Run]) -> Iterator[str]:
    """Where the settings of each variant are from, and in which rows some are others."""
    for variant in dict.fromkeys(run.spec.variant for run in runs):
        own = {run.label: run.result.settings for run in runs if run.spec.variant == variant}
        source = next(iter(own.values())).source or "not stated"
        changes = [f"{label} has other {listed(one.changed)}" for label, one in own.items() if one.changed]
        yield f"Source of the default settings of {variant}: {'. '.join([source, *changes])}."


def _papers(runs: Sequence[Run]) -> dict[str, str]:
    """The papers that the runs record, by kind and name of the part."""
    return {f"{part.kind} {part.name}": part.paper for run in runs for part in run.result.papers}


def _evaluation(runs: Sequence[Run], table: Table) -> Iterator[str]:
    for dataset, protocol in table.protocols.items():
        on = f"On {dataset}, m" if len(table.datasets) > 1 else "M"
        yield (
            f"{on}etrics are those of {protocol.samples:,} samples of the generator ({protocol.generator}) at the last "
            f"iteration, against {protocol.reference}."
        )
    yield from (_metric(column) for column in table.columns)
    extractors = {
        f"Features of {name} are those of the network {about.network} (weights SHA-256 "
        f"{about.weights_sha256[:HASH_DIGITS]}, resize {about.resize})."
        for run in runs
        for name, about in run.protocol.extractors.items()
        if about.weights_sha256 != NO_WEIGHTS
    }
    yield from sorted(extractors)


def _metric(column: Column) -> str:
    match column:
        case Best():
            return f"{column.name} is the best {column.metric} over all evaluations of a run, and so optimistic."
        case StepsTo():
            return f"{column.name} is the iteration of the first evaluation that reached {column.threshold:g}."
        case Cost():
            return f"{column.name}: {column.estimator}."
    return f"{column.name} ({column.better} is better): {column.estimator}."


def _statistics(table: Table) -> Iterator[str]:
    beside = "the interquartile mean with its 95% bootstrap interval" if with_iqm(table) else "the median"
    yield f"The table gives the mean over seeds with the half-width of its 95% t-interval, and {beside}."
    tests = sorted({one.difference.test for one in table.comparisons} - {"none"})
    if tests:
        yield (
            f"Rows on the same data were compared by two-sided tests ({listed(tests)}; paired where both rows have the "
            f"same seeds and saw the training data in the same order). The best mean of a column is called the best "
            f"where a test at the 5% level tells it from that of every other row; this needs no correction within a "
            f"column, and none was made over columns."
        )
    for dataset, split in splits_of(table).items():
        yield (
            f"On {dataset}, each seed held out other values, and intervals and tests are over these splits as well."
            if split == "seed"
            else f"On {dataset}, intervals and tests hold on one split into training and held-out values."
        )
    total = sum(row.n for row in table.rows)
    diverged = [
        f"{name_of(row, table)}, seed {seed}, after {counted(step, 'iteration')}"
        for row in table.rows
        for seed, step in row.diverged.items()
    ]
    if diverged:
        verb = "has" if len(diverged) == 1 else "have"
        yield (
            f"{len(diverged)} of the {counted(total, 'run')} {verb} diverged ({'; '.join(diverged)}) and "
            f"{'counts' if len(diverged) == 1 else 'count'} as the worst value."
        )
    else:
        yield f"None of the {counted(total, 'run')} diverged." if total > 1 else "The run did not diverge."
    missing = [
        f"{name_of(row, table)}, {'seed' if len(row.missing) == 1 else 'seeds'} {integers(row.missing)}"
        for row in table.rows
        if row.missing
    ]
    if missing:
        yield f"Not finished, and left out: {'; '.join(missing)}."


def _computation(runs: Sequence[Run]) -> Iterator[str]:
    made = versions(runs)
    yield f"The runs were made with ganlab {listed(made)}."
    places = _places(runs)
    if len(places) == 1:
        yield f"They ran on {next(iter(places))}."
    else:
        yield " ".join(f"{counted(count, 'run')} used {place}." for place, count in places.items())
    moved = sum(len(environments(run)) > 1 for run in runs)
    if moved:
        yield f"{counted(moved, 'run')} went on in another environment after an interruption."
    yield _cost(runs)


def _places(runs: Sequence[Run]) -> dict[str, int]:
    """How many runs were, at least in part, made in each environment."""
    places: dict[str, int] = {}
    for run in runs:
        for place in dict.fromkeys(_place(one) for one in environments(run)):
            places[place] = places.get(place, 0) + 1
    return places


def _place(environment: Environment) -> str:
    """Hardware and libraries in words."""
    libraries = [f"{word} {getattr(environment, name)}" for name, word in LIBRARIES.items()]
    hardware = [
        *([environment.gpu] if environment.gpu else []),
        f"{environment.processor} ({counted(environment.threads, 'thread')} a process)",
    ]
    compiled = "" if environment.compiled else ", uncompiled"
    return f"{listed(hardware)} with {listed(libraries)}{compiled}"


def _cost(runs: Sequence[Run]) -> str:
    costs = [run.result.cost for run in runs]
    seen = [cost.samples_seen for cost in costs]
    seconds = [cost.train_seconds for cost in costs]
    evaluation = math.fsum(cost.evaluation_seconds for cost in costs)
    return (
        f"A run showed the discriminator {_range(seen, lambda number: f'{number:,.0f}')} real samples and took "
        f"{_range(seconds, significant)} seconds of training, its share of a population trained as one program; "
        f"in all, training took {significant(math.fsum(seconds))} seconds and evaluation {significant(evaluation)}."
    )


def _range(numbers: Sequence[float], said: Callable[[float], str]) -> str:
    low, high = said(min(numbers)), said(max(numbers))
    return low if low == high else f"{low} to {high}"
