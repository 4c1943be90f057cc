"""Whether the search that is recorded beside runs is theirs."""

from __future__ import annotations

from collections.abc import Iterator

from ganlab.errors import InputError
from ganlab.record.search import RowSearch
from ganlab.record.settings import is_set_to, values_of
from ganlab.results.runs import Run


def require_own_search(run: Run, where: str) -> None:
    """Check that `run` is what its search, if it has one, says of the runs that report it.

    The scores of the trials are not checked: they are those of other runs.

    Args:
        run: of which the search was read from `where`.

    Raises:
        InputError: it is not; it names the first difference.
    """
    fault = next(_differences(run, run.search), None) if run.search else None
    if fault:
        raise InputError(
            f"{where} is not of the run {run.id}: {fault}; it is another search's, or was edited: restore it"
        )


def _differences(run: Run, search: RowSearch) -> Iterator[str]:
    spec, best = run.spec, search.best
    if (spec.label, spec.dataset) != (search.label, search.dataset):
        yield f"it has '{search.label}' on '{search.dataset}', and the run is '{run.label}' on '{run.dataset}'"
    if spec.seed in search.tune_seeds:
        yield f"its seed {spec.seed} is one of tune_seeds, and settings are reported on others"
    seen = spec.samples_seen(spec.steps)
    if (best.iterations, best.samples_seen) != (spec.steps, seen):
        yield (
            f"the chosen trial saw {best.samples_seen:,} samples in {best.iterations:,} iterations, and the run "
            f"{seen:,} in {spec.steps:,}"
        )
    for name, asked in best.settings.items():
        wrong = [found for found in values_of(spec, name) if not is_set_to(found, asked)]
        if wrong:
            yield f"the chosen {name} is {asked!r}, and not that of the run"
    if run.done and search.metric != run.protocol.primary:
        yield f"it was chosen by {search.metric}, and the run is compared by {run.protocol.primary}"
    elif run.done and search.better != run.protocol.metrics[search.metric].better:
        yield f"it takes {search.better} values of {search.metric} for better ones, and the run does not"
