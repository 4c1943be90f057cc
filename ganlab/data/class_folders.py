"""What the folders that images lie in say: their classes, or that they are the splits of one set."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from ganlab.errors import InputError

SPLIT = re.compile(
    r"(?<![A-Za-z])(?i:(?P<train>training|trainset|trainval|train)"
    r"|(?P<test>testing|testset|tests|test|evaluation|eval|holdout)"
    r"|(?P<val>validation|validate|valid|val|dev))(?![a-z])"
)
ROLES = ("train", "val", "test")
LONGEST_NAME = 255
"""Of a file, on the usual systems."""


def natural_order(names: Iterable[str]) -> list[str]:
    """`names` as plain sorting orders them once all numbers in them are padded with zeros: 1, 2, 10, a1, a10."""

    def padded(name: str) -> tuple[str, str]:
        return re.sub("[0-9]+", lambda number: number[0].zfill(LONGEST_NAME), name), name

    return sorted(names, key=padded)


def class_folders(folder: Path, images: Sequence[Path]) -> list[str]:
    """For each of `images`, which lie below `folder`, the subfolder that is its class; empty without classes.

    There are classes if each image lies in a subfolder, and there are at least two of these.
    """
    parts = [image.relative_to(folder).parts for image in images]
    if any(len(part) == 1 for part in parts) or len({part[0] for part in parts}) < 2:
        return []
    return [part[0] for part in parts]


def refuse_splits(folder: Path, images: Sequence[Path], written: str, option: str) -> None:
    """Refuse a folder of `images` that holds the splits of a set: they would be taken for classes of one.

    Args:
        folder: what holds the images.
        images: all of them.
        written: the folder as the user wrote it.
        option: the key under which it was written, "path" or "test_path".

    Raises:
        InputError: there are splits.
    """
    for holder, splits in splits_below(folder, images):
        place = Path(written, *holder.relative_to(folder).parts)
        advice = "move the images of each into a folder of its own, one for 'path' and one for 'test_path'"
        if all(image.is_relative_to(holder) for image in images):
            advice = f"write {_keys(place, splits, option)}"
        raise InputError(
            f"'{place}' holds {' and '.join(map(repr, splits.values()))}, which are splits of one set and not "
            f"classes; {advice} (if they are classes, rename them)"
        )


def splits_below(folder: Path, images: Iterable[Path]) -> Iterator[tuple[Path, dict[str, str]]]:
    """Each folder of `images` that holds the splits of a set, and their names by what they are.

    Two folders beside each other are such if their names are alike but for a word: train (or training) in one and
    test (testing), val (valid, validation) in the other. A single one, such as a class 'train' beside 'bus' and 'car',
    is no split.
    """
    holders: dict[Path, set[str]] = {}
    for holder in {image.parent for image in images}:
        while holder != folder:
            holders.setdefault(holder.parent, set()).add(holder.name)
            holder = holder.parent
    for holder in sorted(holders):
        if splits := _splits_among(holders[holder]):
            yield holder, splits


def _keys(place: Path, splits: Mapping[str, str], option: str) -> str:
    """What to write under `option` instead of the `place` that holds `splits`."""
    training, *others = splits.values()
    if option != "path":
        return f"'{option}: {place / others[-1]}'"
    return f"'path: {place / training}' and 'test_path: {place / others[-1]}'"


def _splits_among(names: Iterable[str]) -> dict[str, str]:
    """The names of the splits of one set by what they are, in the order of `ROLES`; empty if there are none."""
    alike: dict[str, dict[str, str]] = {}
    for name in sorted(names):
        match = SPLIT.search(name)
        if match and match.lastgroup:
            rest = f"{name[: match.start()]}*{name[match.end() :]}".casefold()
            alike.setdefault(rest, {}).setdefault(match.lastgroup, name)
    splits: dict[str, str] = next((some for some in alike.values() if len(some) > 1), {})
    return {role: splits[role] for role in ROLES if role in splits}
