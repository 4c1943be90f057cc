"""Named things that users pick by name: variants, builders, data sets, evaluators."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Generic, Protocol, TypeVar

from ganlab.errors import InputError

MOST_NAMED = 40
"""Names that a sentence lists."""


class Named(Protocol):
    """What a registry asks of an entry: its name, one line that describes it, and its source."""

    @property
    def name(self) -> str: ...
    @property
    def summary(self) -> str: ...
    @property
    def paper(self) -> str: ...


Entry = TypeVar("Entry", bound=Named)


class Registry(Generic[Entry]):
    """Entries by name, in the order in which they were added.

    Args:
        kind: what an entry is called in messages, for example ``"variant"``.
        plural: what several are called, where it is not the kind with an s.
        shares_names_with: a registry whose entries users name at the same place, so that no name may be in both.
    """

    def __init__(self, kind: str, plural: str = "", shares_names_with: Registry[Any] | None = None) -> None:
        self.kind = kind
        self.plural = plural or f"{kind}s"
        self._entries: dict[str, Entry] = {}
        self._code: dict[str, str] = {}
        self._neighbours: list[Registry[Any]] = []
        if shares_names_with is not None:
            self._neighbours.append(shares_names_with)
            shares_names_with._neighbours.append(self)

    def add(self, entry: Entry, code: str = "") -> Entry:
        """Register `entry` under its name and return it.

        Args:
            entry: to be registered.
            code: the hash of the code that defines it; empty for ganlab itself.

        Raises:
            InputError: another entry already has that name.
        """
        for registry in (self, *self._neighbours):
            if entry.name in registry:
                kind = f"{'an' if registry.kind[0] in 'aeiou' else 'a'} {registry.kind}"
                raise InputError(f"there already is {kind} named '{entry.name}'; choose another name")
        self._entries[entry.name] = entry
        if code:
            self._code[entry.name] = code
        return entry

    def remove(self, name: str) -> None:
        """Take out the entry called `name`, which must be there."""
        del self._entries[name]
        self._code.pop(name, None)

    def code_of(self, name: str) -> str:
        """The hash of the code that defines the entry called `name`; empty for ganlab itself, and without such one."""
        return self._code.get(name, "")

    def __getitem__(self, name: str) -> Entry:
        """The entry called `name`.

        Raises:
            InputError: there is none; the message names the nearest ones.
        """
        if name not in self._entries:
            known = [*self._entries, *chain.from_iterable(registry.names for registry in self._neighbours)]
            raise InputError(f"unknown {self.kind} '{name}'; {did_you_mean(name, known)}")
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    @property
    def names(self) -> list[str]:
        return list(self._entries)


def canonical(name: str, known: Iterable[str]) -> str:
    """The known name that is `name` but for case, hyphens and underscores; `name` itself where there is none."""

    def bare(one: str) -> str:
        return one.casefold().replace("-", "").replace("_", "")

    return next((one for one in known if bare(one) == bare(name)), name)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The known names nearest to `name`, or when none is near all or the first of them, as the tail of a sentence."""
    known = list(known)
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    if near:
        return "did you mean " + " or ".join(f"'{one}'" for one in near) + "?"
    more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
    return f"known: {', '.join(known[:MOST_NAMED])}{more}" if known else "none is known"
