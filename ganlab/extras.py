"""Libraries that come with an extra of ganlab, such as ``ganlab[images]``, and the sentence where one is missing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from ganlab.errors import InputError

EXTRAS = {
    "torchvision": "images",
    "torch_fidelity": "images",
    "wandb": "wandb",
    "wandb_workspaces": "wandb",
    "plotly": "report",
    "submitit": "slurm",
    "ray": "ray",
    "pyarrow": "parquet",
    "optuna": "optuna",
}
"""The extra of each module, as ``pyproject.toml`` has them."""


class ExtraMissingError(InputError):
    """A library is not installed; the message says what needs it, and how to install it."""

    def __init__(self, module: str, what: str) -> None:
        super().__init__(f"{what} needs {module.replace('_', '-')}: {install(module)}")


def install(module: str) -> str:
    """The command that installs `module`, one of `EXTRAS`."""
    return f"pip install 'ganlab[{EXTRAS[module]}]'"


def is_installed(module: str) -> bool:
    """Whether `module` can be imported, without doing so."""
    return find_spec(module) is not None


def require(module: str, what: str) -> None:
    """Refuse `what` where `module`, one of `EXTRAS`, is not installed; it is not imported.

    Raises:
        ExtraMissingError: it is not.
    """
    if not is_installed(module):
        raise ExtraMissingError(module, what)


@contextmanager
def needed_for(what: str) -> Iterator[None]:
    """Say in a sentence that `what` needs a library of `EXTRAS`, if importing it in the block fails.

    Raises:
        ExtraMissingError: it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module not in EXTRAS:
            raise
        raise ExtraMissingError(module, what) from None
