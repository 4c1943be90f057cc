"""A trained generator, from its run directory."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from ganlab.data import SampleForm
from ganlab.data.image_files import require_free, write_images
from ganlab.errors import InputError
from ganlab.options import parse
from ganlab.record import RunDirectory, write_whole
from ganlab.record.spec import RunSpec
from ganlab.registry import did_you_mean
from ganlab.tracking.pictures import grid_png
from ganlab.training import checkpoint
from ganlab.training.sampling import draw_samples, evaluated_generator, even_labels
from ganlab.training.setup import build_networks, load_data
from ganlab.training.showing import columns_of_classes
from ganlab.variants import Parameters

NUMBER = re.compile("-?[0-9]+")


class _Critic(NamedTuple):
    parameters: Parameters


class _Generator(NamedTuple):
    average: Parameters


class _State(NamedTuple):
    """What is read of a `State`, under its names."""

    critic: _Critic
    generator: _Generator


class Trained:
    """A member as its checkpoint holds it.

    Args:
        spec: of its run.
        form: of its samples.
        generator, discriminator: as the builder made them.
        state: the parameters that they get.

    Attributes:
        spec: of its run.
        generator: the averaged generator, a plain module in evaluation mode: latents [B, latent_dim], and labels
            [B] if the run is conditional, to samples [B, ...] in the networks' units.
        discriminator: a plain module: samples [B, ...], and labels [B], to raw scores [B].
        sample_shape: of one sample.
    """

    def __init__(
        self, spec: RunSpec, form: SampleForm, generator: nn.Module, discriminator: nn.Module, state: _State
    ) -> None:
        self.spec = spec
        self.sample_shape = form.shape
        self.discriminator = discriminator
        self.discriminator.load_state_dict(state.critic.parameters)
        self._classes = form.classes if spec.conditional else 0
        self.generator = evaluated_generator(generator, state.generator.average, spec, self._classes)
        self._form = form

    def to(self, device: torch.device | str) -> Trained:
        """Move both networks, in place."""
        self.generator.to(device)
        self.discriminator.to(device)
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

    def sample(self, count: int, seed: int = 0, label: int | None = None) -> NDArray[Any]:
        """`count` samples [count, *sample_shape] in the data's own units; they depend on the arguments alone.

        Args:
            count: how many.
            seed: of the latents.
            label: the index of the class of all samples; by default a conditional generator gives all classes in turn.

        Raises:
            InputError: `count` is below 1, or the generator knows no such label.
        """
        require_count(count)
        labels = even_labels(count, self._classes)
        if label is not None:
            self._require_labels()
            labels = torch.full((count,), self._within(label))
        samples = draw_samples(self.generator, self.spec, labels, count, "sample", seed)
        return self._form.to_data_units(samples).numpy()

    def _require_labels(self) -> None:
        if not self._classes:
            raise InputError("the run is not conditional, so there are no labels to choose")

    def _within(self, label: int) -> int:
        if not 0 <= label < self._classes:
            raise InputError(f"there is no label {label}; the labels are 0 to {self._classes - 1}")
        return label


def read_spec(run: RunDirectory, trust: bool = False) -> RunSpec:
    """The spec of a recorded run, which is to be sampled or trained again.

    Args:
        run: its directory.
        trust: whether code that the record carries, the text of a variant file, may be run.

    Raises:
        InputError: it was made by another revision of training than this one, or carries code that is not trusted.
    """
    spec = run.spec().spec
    if spec.variant_source is not None and not trust:
        raise InputError(
            f"{run.path} carries Python code that defines '{spec.variant}' or parts of it, which this would run; "
            "read it in spec.json, under variant_source, and if you trust it add --trust (in Python, trust=True)"
        )
    return spec


def load_trained(run: RunDirectory, trust: bool = False) -> Trained:
    """The generator of `run`, as of its last checkpoint.

    A run that is done needs no data for it. One that is not does.

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
    generator, discriminator = build_networks(spec, form)
    like = _State(_Critic(dict(discriminator.named_parameters())), _Generator(dict(generator.named_parameters())))
    return Trained(spec, form, generator, discriminator, found.state(like))


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
