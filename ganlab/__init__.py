"""GAN variants trained over many seeds, measured, and turned into tables that a paper can cite."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganlab.training import Trained

__version__ = "0.1.0"


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
    from ganlab.plugins import use_added_plugins
    from ganlab.record.finding import find_run
    from ganlab.training import load_trained

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
    from ganlab.plugins import add_plugin

    add_plugin(Path(path))
