"""A trained generator, from its run directory."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor, nn

from ganlab.data import SampleForm
from ganlab.data.image_files import require_free, write_images
from ganlab.errors import InputError
from ganlab.games import Game
from ganlab.options import parse
from ganlab.record import RunDirectory, write_whole
from ganlab.record.spec import RunSpec
from ganlab.registry import did_you_mean
from ganlab.text import one_line
from ganlab.tracking.pictures import grid_png
from ganlab.training import checkpoint
from ganlab.training.galleries import columns_of_classes
from ganlab.training.recorded import read_spec
from ganlab.training.sampling import Sampler, load_parameters
from ganlab.training.setup import build_game, build_networks, load_data
from ganlab.variants import Parameters

NUMBER = re.compile("-?[0-9]+")


class Trained:
    """A member as its checkpoint holds it.

    Args:
        spec: of its run.
        form: of its samples.
        game: that is played.
        networks: of all players, with their trained parameters.
        average: of the generator's parameters, by name.

    Attributes:
        spec: of its run.
        networks: of all players by name, plain modules with the parameters of the last iterate.
        generator: the averaged generator, a plain module in evaluation mode: latents [B, Z], and labels [B] if the run
            is conditional, to samples [B, ...] in the networks' units.
        sample_shape: of one sample.
    """

    def __init__(
        self, spec: RunSpec, form: SampleForm, game: Game, networks: dict[str, nn.Module], average: Parameters
    ) -> None:
        self.spec = spec
        self.sample_shape = form.shape
        self._form = form
        self.networks = networks
        self._classes = form.classes if spec.conditional else 0
        self._sampler = Sampler(spec=spec, prior=game.prior, conditions=self._conditions)
        self.generator = self._sampler.evaluated(networks["generator"], average)

    @property
    def discriminator(self) -> nn.Module:
        """A plain module: samples [B, ...], and labels [B] if the run is conditional, to what it says of them."""
        return self.networks["discriminator"]

    def to(self, device: torch.device | str) -> Trained:
        """Move all networks, in place."""
        for network in (self.generator, *self.networks.values()):
            network.to(device)
        return self

    @property
    def columns(self) -> int | None:
        """How many columns a grid of samples of all classes in turn has, each of one class; None: any number."""
        return columns_of_classes(self._classes)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of the labels, in their order; empty where they have no names."""
        return self._form.class_names if self._classes else ()

    def index_of(self, label: str) -> int:
        """The index of the class that a user calls `label`: its name, or its index unless names are numbers themselves.

        Raises:
            InputError: there is no such class.
        """
        self._require_labels()
        names = self.class_names
        if label in names:
            return names.index(label)
        if NUMBER.fullmatch(label) and not any(map(NUMBER.fullmatch, names)):
            return self._within(int(label))
        hint = did_you_mean(label, names) if names else f"the labels are 0 to {self._classes - 1}"
        raise InputError(f"there is no class '{label}'; {hint}")

    def sample(
        self, count: int, seed: int = 0, label: int | None = None, given: ArrayLike | None = None
    ) -> NDArray[Any]:
        """`count` samples [count, *sample_shape] in the data's own units; they depend on the arguments alone.

        Args:
            count: how many.
            seed: of the latents.
            label: the index of the class of all samples; by default a conditional generator gives all classes in turn.
            given: the given columns of each sample [count, columns] in their own units, a category by its index; by
                default they are drawn from held-out rows, for which the data is read.

        Raises:
            InputError: `count` is below 1, the generator knows no such label, is not given such columns or values, or
                the data is needed and cannot be read.
        """
        require_count(count)
        chosen = None
        if label is not None:
            self._require_labels()
            chosen = torch.full((count,), self._within(label))
        elif self._classes:
            chosen = torch.arange(count) % self._classes
        if given is not None:
            chosen = self._encoded(given, count)
        samples = self._sampler.draw(self.generator, count, "sample", seed, condition=chosen)
        return self._form.to_data_units(samples).numpy()

    def _conditions(self, generator: torch.Generator, count: int) -> Tensor | None:
        """Those of the samples that are measured, for which the data is read unless they are classes in turn."""
        if not self.spec.conditional:
            return None
        if self._form.condition is None and self._form.balanced:
            return torch.arange(count) % self._classes
        return load_data(self.spec).draw_conditions(generator, count)

    def _encoded(self, given: ArrayLike, count: int) -> Tensor:
        """Given columns as the networks see them."""
        condition = self._form.condition if self.spec.conditional else None
        if condition is None:
            raise InputError("the run is given no columns as its condition")
        wanted = (count, len(condition.names))
        try:
            values = np.asarray(given, dtype=np.float64)
        except (ValueError, TypeError) as error:
            raise InputError(f"'given' is no array of numbers: {error}") from None
        if values.shape != wanted:
            raise InputError(
                f"'given' has the shape {values.shape}; it must be {wanted}, with the columns "
                f"{', '.join(map(one_line, condition.names))}"
            )
        for name, column in zip(condition.names, values.T, strict=True):
            categories = condition.categories.get(name)
            if not np.isfinite(column).all():
                raise InputError(f"'given' has values of the column {one_line(name)} that are NaN or infinite")
            if categories is not None and not np.isin(column, np.arange(len(categories))).all():
                raise InputError(
                    f"'given' has values of the column {one_line(name)} that are no categories; they are the indices 0 "
                    f"to {len(categories) - 1} of {', '.join(map(one_line, categories))}"
                )
        return condition.to_networks(torch.from_numpy(values))

    def _require_labels(self) -> None:
        if not self._classes:
            raise InputError("the run is not conditional, so there are no labels to choose")

    def _within(self, label: int) -> int:
        if not 0 <= label < self._classes:
            raise InputError(f"there is no label {label}; the labels are 0 to {self._classes - 1}")
        return label


def load_trained(run: RunDirectory, trust: bool = False) -> Trained:
    """The generator of `run`, as of its last checkpoint.

    A run that is done needs no data for it, unless statistics of batch normalisation are those of conditions that are
    drawn from the data. One that is not done does.

    Args:
        run: its directory.
        trust: whether code that the record carries may be run.

    Raises:
        InputError: the run carries code that is not trusted, has no checkpoint, a damaged one or another run's, its
            summary is broken, or the data that it needs cannot be read or has changed.
    """
    spec = read_spec(run, trust)
    found = checkpoint.require(run, spec)
    form = _form_of(run, spec)
    game = build_game(spec, form)
    networks = build_networks(spec, game, form)
    for player, network in networks.items():
        load_parameters(network, found.parameters(f".players['{player}'].parameters", network))
    average = found.parameters(".average['generator']", networks["generator"])
    return Trained(spec, form, game, networks, average)


def _form_of(run: RunDirectory, spec: RunSpec) -> SampleForm:
    """What the run's samples are, as its summary says, or else its data."""
    summary = run.summary()
    if summary is None:
        return load_data(spec).form
    return parse(SampleForm, summary.samples.record(), f"{run.path}/summary.json, samples")


def require_count(count: int) -> None:
    """Refuse a `count` of samples that cannot be drawn.

    Raises:
        InputError: it is below 1.
    """
    if count < 1:
        raise InputError(f"cannot draw {count} samples; give a number from 1 on")


def require_place(place: str, sample_shape: tuple[int, ...] | None = None) -> None:
    """Refuse a place to which `save_samples` cannot write samples of `sample_shape`, or, without one, any samples.

    Raises:
        InputError: it names no kind of file, or none for such samples; it lies in no folder, or is a full one.
    """
    path = Path(place)
    is_folder = _is_folder(place)
    if not (is_folder or _suffix(path) in (".npy", ".npz", ".png")):
        raise InputError(
            f"cannot write samples to '{place}'; the name must end in .npy, or, for images, in .png, .npz or a slash"
        )
    if sample_shape is not None and (is_folder or _suffix(path) != ".npy") and len(sample_shape) != 3:
        raise InputError(f"samples of shape {sample_shape} are no images; write them to a file that ends in .npy")
    if not path.parent.is_dir():
        raise InputError(f"cannot write {place}: there is no folder {path.parent}")
    if is_folder:
        require_free(path)


def save_samples(place: str, samples: NDArray[Any], columns: int | None = None) -> None:
    """Write `samples` to `place`, whole or not at all.

    Any samples go into a file that ends in .npy. Images [n, C, H, W] also become one grid in a .png, an .npz with
    the key ``images``, or, where `place` ends in a slash or is a folder, a folder of PNG files.

    Args:
        place: a file or a folder.
        samples: [n, ...].
        columns: of a grid; None for a square.

    Raises:
        InputError: these samples cannot become such a file, or the place cannot be written.
    """
    require_place(place, samples.shape[1:])
    path = Path(place)
    if _is_folder(place) or _suffix(path) == ".npz":
        write_images(path, torch.from_numpy(samples))
        return
    try:
        write_whole(path, _npy(samples) if _suffix(path) == ".npy" else grid_png(samples, columns))
    except OSError as error:
        raise InputError(f"cannot write {place}: {error.strerror}") from None


def _is_folder(place: str) -> bool:
    return place.endswith("/") or Path(place).is_dir()


def _suffix(path: Path) -> str:
    """The end of a name, which means the same in upper case."""
    return path.suffix.lower()


def _npy(array: NDArray[Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()
