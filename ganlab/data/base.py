"""The shape of a data set, and the registry of the known ones."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ganlab.data.columns import Columns
from ganlab.data.reference import Images, SampleReference
from ganlab.data.units import SampleForm, Units
from ganlab.errors import InputError
from ganlab.options import Options, parse
from ganlab.registry import Registry


class Data(ABC):
    """Samples to learn from, and a reference to be measured against.

    Attributes:
        sample_shape: the shape of one sample, ``(1,)`` for values on the line.
        reference: what evaluators compare generated samples with, in the data's own units.
        fingerprint: all that determines the content beyond the options, for example the hash of a file; it
            goes into the identity of every run.
        classes: how many labels there are; 0 without labels.
        class_names: of the labels, in their order, where they have names; else empty.
        balanced: whether all labels are equally frequent.
        found: what was read from files, in one line for the user to check; empty where nothing was read.
        condition: what the real vectors are that `transform` gives as conditions; None where these are labels, if any.
        units: the data's own, which generated samples are given in; None where they are those of the networks.
        storage: what `transform` gathers samples from.
        entry_shape: the shape of one entry that `draw` gives; by default that of a sample.
        entry_dtype: of the entries that `draw` gives.
    """

    sample_shape: tuple[int, ...]
    reference: SampleReference | Images
    fingerprint: dict[str, str]
    classes: int = 0
    class_names: tuple[str, ...] = ()
    balanced: bool = True
    found: str = ""
    units: Units | None = None
    condition: Columns | None = None
    storage: tuple[Tensor, ...] = ()
    entry_dtype: torch.dtype = torch.float32

    @property
    def form(self) -> SampleForm:
        """What generated samples are, also where the data is not."""
        return SampleForm(
            shape=self.sample_shape,
            classes=self.classes,
            class_names=self.class_names,
            balanced=self.balanced,
            units=self.units,
            condition=self.condition,
        )

    @property
    def entry_shape(self) -> tuple[int, ...]:
        return self.sample_shape

    @abstractmethod
    def draw(self, generator: torch.Generator, count: int) -> Tensor:
        """`count` training samples [count, *entry_shape] on the CPU, as `transform` takes them.

        By default they are the samples themselves, in the networks' units. The result depends on the state of
        `generator` and on `count` alone.
        """

    def transform(self, entries: Tensor, storage: tuple[Tensor, ...]) -> tuple[Tensor, Tensor | None]:
        """The samples [B, *sample_shape], float32 in the networks' units, and their conditions if there are any.

        Conditions are labels [B], int64, or real vectors [B, g], float32.

        A pure function that becomes a part of the compiled update, where `storage` lies on its device.

        Args:
            entries: [B, *entry_shape], of `draw`.
            storage: `self.storage`, wherever it lies now.
        """
        return entries, None

    def gather(self, entries: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
        """What `entries` [n] need of the storage, and the n entries that stand for them there.

        Both become the same samples. Data with a storage give this, for where all of it does not fit.
        """
        raise NotImplementedError(f"{type(self).__name__} has nothing to gather from")

    def labelled(self) -> Data:
        """The data as conditional networks learn from it: `transform` gives a condition with each sample.

        By default this data itself. Data whose samples are drawn without their labels, because that costs nothing or
        keeps the numbers of unconditional runs, give another.
        """
        return self

    def draw_conditions(self, generator: torch.Generator, count: int) -> Tensor | None:
        """Conditions of `count` samples to be generated and measured, as `transform` gives them; None without any.

        Together with the generator's samples they stand for the whole truth, so they come in true proportions: labels
        in turn where these are `balanced`, else labels or held-out conditions drawn by `generator`.
        """
        return torch.arange(count) % self.classes if self.classes else None

    def to_data_units(self, samples: Tensor) -> Tensor:
        """`samples` [n, *sample_shape] from the networks' units to the data's own."""
        return self.form.to_data_units(samples)

    def to_network_units(self, samples: Tensor) -> Tensor:
        """`samples` [n, *sample_shape] from the data's own units to the networks'."""
        return self.form.to_network_units(samples)


@dataclass(frozen=True, kw_only=True)
class DataSource:
    """A kind of data that users name: `load` makes it from its `options`.

    Attributes:
        paths: the options that are paths of files or folders; in a sweep file they are relative to that file.
    """

    name: str
    summary: str
    paper: str = ""
    options: type[Options]
    load: Callable[[Any], Data]
    paths: tuple[str, ...] = ()


DATA: Registry[DataSource] = Registry("data set")
register = DATA.add


def load(name: str, options: Mapping[str, Any], where: str) -> Data:
    """The data set called `name`, made from what a user wrote under `options`.

    Args:
        name: a name in `DATA`.
        options: the keys and values that the source's options model describes.
        where: the place of `options`, for the message.

    Raises:
        InputError: there is no such data set, an option is wrong, a file that it names cannot be used, or the data does
            not tell of that file in its fingerprint.
    """
    source = DATA[name]
    parsed = parse(source.options, options, where)
    data = source.load(parsed)
    files = [key for key in source.paths if getattr(parsed, key, None)]
    if files and not getattr(data, "fingerprint", None):
        raise InputError(
            f"{where}: the data set '{name}' reads what is under '{files[0]}', and its fingerprint says nothing of "
            "it, so that no run would know when it changes; set fingerprint, for example to the file's SHA-256"
        )
    return data
