"""Small classifiers, each of one set of images: extractors for images that ImageNet's classes do not fit.

A classifier is trained once, on the training images of its set, and kept in the cache with its test accuracy.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from ganlab.data import Images, load
from ganlab.errors import InputError
from ganlab.evaluation.images import extractors
from ganlab.evaluation.images.cache import cache_folder, hash_of_tensors, kept
from ganlab.evaluation.images.features import CPU, Features, Report, extract_in_batches, silent
from ganlab.registry import did_you_mean

CLASSIFIERS = ("digits", "mnist", "fashion-mnist")
"""The data sets that have one."""

FEATURES = 64
MIN_PASSES, MAX_PASSES = 3, 40
IMAGES_SEEN = 180_000
BATCH = 128
EXTRACTED_AT_ONCE = {"cpu": 64, "cuda": 1_024, "mps": 1_024}
LEARNING_RATE = 2e-3


class Classifier:
    """A trained classifier of images [c, H, W].

    Of images with k c channels it classifies each group of c by itself, as of stacked digits, and gives the groups'
    features and logits side by side.

    Attributes:
        name: of the data set that it was trained on.
        accuracy: on that set's test images.
        weights: SHA-256 of its weights.
        classes: how many it tells apart.
    """

    resize = "none"

    def __init__(self, name: str, network: ClassifierNetwork, accuracy: float, device: torch.device = CPU) -> None:
        self.name = name
        self.accuracy = accuracy
        self.weights = hash_of_tensors(network.state_dict())
        self.classes = network.classes.out_features
        self.shape = network.shape
        self._device = device
        self._network = network.eval().to(device)

    def extract(self, images: Tensor) -> Features:
        """The features of `images`, uint8 [n, k c, H, W]: [n, k 64] and logits [n, k classes].

        Raises:
            InputError: the images are not of the size that it was trained on.
        """
        channels, *size = self.shape
        if list(images.shape[2:]) != size or images.shape[1] % channels:
            raise InputError(
                f"the classifier '{self.name}' is for images of shape {list(self.shape)}, "
                f"and these are of shape {list(images.shape[1:])}"
            )
        at_once = EXTRACTED_AT_ONCE[self._device.type]
        single = extract_in_batches(self._network, images.reshape(-1, *self.shape), at_once, self._device)
        count = len(images)
        return Features(single.values.reshape(count, -1), single.logits.reshape(count, -1))

    def describe(self) -> dict[str, Any]:
        return {
            "network": f"classifier trained on {self.name}, {self.accuracy:.2%} right on its test images",
            "weights_sha256": self.weights,
            "resize": self.resize,
        }

    def content(self) -> dict[str, Any]:
        """What a file keeps of it."""
        return {
            "shape": self.shape,
            "classes": self.classes,
            "accuracy": self.accuracy,
            "weights": self._network.cpu().state_dict(),
        }


class ClassifierNetwork(nn.Module):
    """Two convolutions and a hidden layer: uint8 [B, *shape] -> features [B, 64], logits [B, classes]."""

    def __init__(self, shape: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        self.shape = shape
        channels, height, width = shape
        self.trunk = nn.Sequential(
            *(nn.Conv2d(channels, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Conv2d(32, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2)),
            *(nn.Flatten(), nn.Linear(64 * (height // 4) * (width // 4), FEATURES), nn.ReLU()),
        )
        self.classes = nn.Linear(FEATURES, classes)
        self.to(memory_format=torch.channels_last)

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        features = self.trunk(images.float() / 127.5 - 1)
        return features, self.classes(features)


def train_classifier(
    name: str,
    images: Tensor,
    labels: Tensor,
    test_images: Tensor,
    test_labels: Tensor,
    report: Report = silent,
) -> Classifier:
    """A classifier trained on the CPU, with one thread; the same arguments give the same one on the same machine.

    It sees some 180,000 images in 3 to 40 passes over the training images, with Adam and a one-cycle learning rate.

    Args:
        name: of the data set.
        images: uint8 [n, c, H, W], with sides of at least 4.
        labels: int64 [n].
        test_images: uint8 [t, c, H, W].
        test_labels: int64 [t].
        report: is told of each pass.
    """
    with torch.random.fork_rng(devices=[]), _one_thread():
        torch.default_generator.manual_seed(0)
        channels, height, width = images.shape[1:]
        network = ClassifierNetwork((channels, height, width), int(labels.max()) + 1)
        _fit(network, images, labels, lambda progress: report(f"training the classifier '{name}': {progress}"))
    classifier = Classifier(name, network, 0.0)
    guesses = classifier.extract(test_images).logits.argmax(dim=1)
    classifier.accuracy = (guesses == test_labels).double().mean().item()
    return classifier


@contextmanager
def _one_thread() -> Iterator[None]:
    """Sums depend on how many threads share them."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def ensure_classifier(name: str, report: Report = silent, device: torch.device = CPU) -> Classifier:
    """The classifier called `name` from the cache, trained first if it is not there.

    Of several processes that want it, one trains it and the others wait.

    Raises:
        InputError: there is none for that data set, its data cannot be read, or its file in the cache is damaged.
    """
    if name not in CLASSIFIERS:
        raise InputError(f"there is no classifier of '{name}'; {did_you_mean(name, CLASSIFIERS)}")

    def make() -> dict[str, Any]:
        data = load(name, {"reference": "test"}, f"the classifier '{name}'")
        images, labels = data.storage
        test = data.reference
        assert isinstance(test, Images)
        assert test.labels is not None
        return train_classifier(name, images, labels, test.images, test.labels, report).content()

    content = kept(_file_of(name), make)
    network = ClassifierNetwork(content["shape"], content["classes"])
    network.load_state_dict(content["weights"])
    return Classifier(name, network, content["accuracy"], device)


def _file_of(name: str) -> Path:
    return cache_folder() / "extractors" / f"{name}.pt"


def _fit(network: ClassifierNetwork, images: Tensor, labels: Tensor, report: Report) -> None:
    passes = min(max(round(IMAGES_SEEN / len(images)), MIN_PASSES), MAX_PASSES)
    batches = -(-len(images) // BATCH)
    optimizer = torch.optim.Adam(network.parameters())
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=passes * batches)
    network.train()
    for number in range(passes):
        report(f"pass {number + 1} of {passes}")
        for rows in torch.split(torch.randperm(len(images)), BATCH):
            _, logits = network(images[rows])
            optimizer.zero_grad()
            torch.autograd.backward(functional.cross_entropy(logits, labels[rows]))
            optimizer.step()
            schedule.step()


def _source_of(name: str) -> extractors.ExtractorSource:
    return extractors.ExtractorSource(
        name=name,
        summary=f"features of a classifier of {name}",
        load=lambda device, weights, report: ensure_classifier(name, report, device),
        fits=lambda images: images.extractor == name,
    )


for _name in CLASSIFIERS:
    extractors.register(_source_of(_name))
