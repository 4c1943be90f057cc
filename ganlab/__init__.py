"""GAN variants trained over many seeds, measured, and turned into tables that a paper can cite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ganlab.api import compare, load, plugin, read_runs, sweep, train, watch

__version__ = "0.1.0"

__all__ = ["__version__", "compare", "load", "plugin", "read_runs", "sweep", "train", "watch"]


def __getattr__(name: str) -> Any:
    """Import torch and all else where it is first used, for it takes seconds."""
    if name not in __all__:
        raise AttributeError(f"module 'ganlab' has no attribute '{name}'")
    from ganlab import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
