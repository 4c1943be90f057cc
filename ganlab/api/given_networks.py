"""Networks that Python code gives as classes: a plugin with their text, which registers a builder of them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from ganlab.errors import InputError
from ganlab.networks.own import NAME
from ganlab.plugins import Definitions
from ganlab.record.files import write_whole

TITLE_DIGITS = 8


@dataclass(frozen=True, kw_only=True)
class OwnNetworks:
    """What a sweep has of such networks.

    Attributes:
        builder: under that key.
        plugin: the file that registers it.
        title: for the sweep's name, another one for other texts.
    """

    builder: Mapping[str, Any]
    plugin: Path
    title: str


def own_networks(
    generator: Callable[..., nn.Module] | None,
    discriminator: Callable[..., nn.Module] | None,
    builder: str | Mapping[str, Any],
    folder: Path,
) -> OwnNetworks:
    """The networks that `generator` and `discriminator` make, as a plugin in `folder`.

    Args:
        builder: makes the one that is not given, as a sweep has it under that key.

    Raises:
        InputError: the text of one is not to be had.
    """
    definitions = Definitions()
    made = {}
    for player, make in (("generator", generator), ("discriminator", discriminator)):
        if isinstance(make, nn.Module):
            raise InputError(
                f"the {player} is a module with parameters of its own, and each seed begins with others; give its "
                f"class, {type(make).__name__}, or a function that makes it"
            )
        made[player] = None if make is None else definitions.add(make)
    options = {"name": builder} if isinstance(builder, str) else dict(builder)
    base = options.pop("name", "mlp")
    text = (
        f"{definitions.text}\n"
        "from ganlab.networks import own_builder as _own_builder\n"
        "from ganlab.networks import register as _register\n\n"
        f"_register(_own_builder({', '.join(f'{player}={one}' for player, one in made.items())}, base={base!r}))\n"
    )
    title = hashlib.sha256(text.encode()).hexdigest()[:TITLE_DIGITS]
    plugin = folder / f"networks-{title}.py"
    if not plugin.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(plugin, text.encode())
    return OwnNetworks(builder={"name": NAME, **options}, plugin=plugin, title=title)
