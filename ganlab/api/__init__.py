"""What ``import ganlab`` offers; the commands call the same functions."""

from __future__ import annotations

import operator
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rich.console import Console
from torch import nn

from ganlab.api.given_data import data_choice
from ganlab.api.given_networks import own_networks
from ganlab.errors import InputError
from ganlab.live import Watch
from ganlab.plugins import add_plugin, use_added_plugins
from ganlab.record.finding import find_run
from ganlab.results.collection import Results
from ganlab.results.frame import compare_frames as compare
from ganlab.results.sources import find_runs
from ganlab.sweeps import launch_all, load_sweep, prepare, print_plan
from ganlab.training import Trained, load_trained

__all__ = ["compare", "load", "plugin", "read_runs", "sweep", "train", "watch"]


def sweep(
    source: str | Path | Mapping[str, Any],
    runs: str | Path = "runs",
    workers: int | None = None,
    compiled: bool = True,
    **overrides: Any,
) -> Results:
    """Train the unfinished runs of a sweep, on this machine or where its `engine` says, and read all of them.

    Called again, it continues where it stopped, and trains nothing that is done.

    Args:
        source: the sweep's YAML file, or the keys that such a file would hold.
        runs: the folder of all records.
        workers: populations at once on this machine; by default one a core, and one on each GPU.
        compiled: whether updates are compiled.
        overrides: keys of the sweep, such as ``seeds=range(8)``; ``**{"optimizer.lr": 1e-3}`` reaches into one.

    Raises:
        InputError: something in the sweep is wrong, or some of its runs failed; the others are on disk.
        KeyboardInterrupt: it was interrupted; every run is at a checkpoint.
    """
    console = Console(highlight=False, soft_wrap=True)
    try:
        asked = load_sweep(source if isinstance(source, Mapping) else Path(source), overrides)
        options = {} if workers is None else {"workers": workers}
        plan, engine = prepare(asked, Path(runs), options, compiled)
        print_plan(plan, console)
        plan, result = launch_all(plan, engine, console)
    finally:
        use_added_plugins()
    if result.stopped:
        raise result.stopped
    if result.faults:
        raise InputError(f"{'; '.join(result.faults)} (the other runs are in {plan.folder})")
    return read_runs(plan.folder)


def train(
    name: str,
    /,
    data: Any,
    steps: int,
    seeds: int | range | list[int] = 1,
    runs: str | Path | None = None,
    generator: Callable[..., nn.Module] | None = None,
    discriminator: Callable[..., nn.Module] | None = None,
    **settings: Any,
) -> Results:
    """Train one variant or game on one data set, over some seeds.

    Args:
        name: as ``ganlab list`` shows it.
        data: the name of a data set or its keys; or the data itself, a number, a vector or an image of 8-bit integers
            a sample: an array or tensor [n], [n, d], [n, C, H, W] or [n, H, W, C], a pandas column or frame, or a
            torch dataset of such samples. It is kept beside the runs, and its hash is part of their identity.
        steps: iterations.
        seeds: how many, from 0 on, or which.
        runs: the folder of all records; ``runs`` by default.
        generator: a class of torch modules of your own, or a function that makes one; by default the builder's. It is
            called for each seed with those of its parameters that are called `latent_dim`, `sample_shape` and
            `condition`; its text, with all that it uses of the script or notebook, is kept with the runs.
        discriminator: the same; its parameters may be called `sample_shape`, `outputs`, `side` and `condition`.
        settings: further keys of a sweep, such as ``batch_size=64`` or ``name="mine"``, and arguments of `sweep`.

    Raises:
        InputError: as `sweep`, the data is none that can be learnt, or the text of a network is not to be had.
    """
    folder = Path("runs" if runs is None else runs)
    choice, title = data_choice(data, folder / "data")
    keys: dict[str, Any] = {
        "name": f"{name}-{title}",
        "data": choice,
        "variants": [name],
        "seeds": _listed(seeds),
        "steps": steps,
    }
    if generator is not None or discriminator is not None:
        own = own_networks(generator, discriminator, settings.pop("builder", "mlp"), folder / "networks")
        keys |= {"builder": own.builder, "plugins": [str(own.plugin)], "name": f"{keys['name']}-{own.title}"}
    return sweep(keys, runs=folder, **settings)


def _listed(seeds: Any) -> Any:
    """All of them, where `seeds` says how many or is a range; a text is left to the sweep, which reads ``0..4``."""
    if isinstance(seeds, str):
        return seeds
    with suppress(TypeError):
        return list(range(operator.index(seeds)))
    with suppress(TypeError):
        return list(seeds)
    raise InputError(f"the seeds are {seeds!r}; give how many, or a range or list of whole numbers")


def read_runs(*sources: str | Path) -> Results:
    """The runs of folders of sweeps, of archives (``FILE.zip``), and of projects in W&B (``wandb:ENTITY/PROJECT``).

    Raises:
        InputError: a source is not there or holds no run, or a run has other results elsewhere.
    """
    return Results(find_runs([str(source) for source in sources]))


def watch(*sweeps: str | Path, metrics: Sequence[str] | str | None = None, port: int | None = 0) -> Watch:
    """A page of this machine with the report on sweeps that follows their training, until its `close` or Python's end.

    Args:
        sweeps: their folders.
        metrics: the columns of the table, or the one column.
        port: to listen at; 0 or None for a free one.

    Raises:
        InputError: no folder is given, there is no sweep in one, plotly is not installed, or the port cannot be had.
    """
    page = Watch(sweeps, metrics, port)
    threading.Thread(target=page.run, daemon=True).start()
    return page


def load(run: str | Path, runs: str | Path = "runs", trust: bool = False) -> Trained:
    """The trained networks of a run. Its data is not needed once the run is finished.

    Args:
        run: its folder, or its id.
        runs: the folder of all records, in which an id is looked for.
        trust: whether Python code that the record carries, its plugins, may be run; `plugin` trusts its file.

    Raises:
        InputError: there is no such run, it carries code that is not trusted, it has no checkpoint yet, or it is not
            finished and its data cannot be read.
    """
    try:
        return load_trained(find_run(str(run), Path(runs)), trust)
    finally:
        use_added_plugins()


def plugin(path: str | Path) -> None:
    """Register what the Python file at `path` defines, and keep its text with all runs that are planned after this.

    Called again, it reads the file again.

    Raises:
        InputError: there is no such file, it does not run, or it registers nothing or a name that is taken.
    """
    add_plugin(Path(path))
