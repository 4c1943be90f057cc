"""Small sets of images, random Inception weights, and a cache of the session's own."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from torch import Tensor

from ganlab.data import Images, load
from ganlab.evaluation.images.classifier import Classifier, ensure_classifier


@pytest.fixture(scope="session")
def session_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(autouse=True)
def _own_cache(session_cache: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing of the machine's: no extractors, no Inception weights, no download."""
    monkeypatch.setenv("GANLAB_CACHE", str(session_cache))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("GANLAB_INCEPTION_WEIGHTS", raising=False)
    monkeypatch.delenv("GANLAB_DOWNLOAD", raising=False)


@pytest.fixture
def digits() -> Images:
    """The training images of digits, [1442, 1, 8, 8]."""
    reference = load("digits", {}, "test").reference
    assert isinstance(reference, Images)
    return reference


@pytest.fixture
def digits_classifier(_own_cache: None) -> Classifier:
    """Trained once a session, in seconds."""
    return ensure_classifier("digits")


@pytest.fixture
def images_of() -> Callable[..., Images]:
    """Makes a reference of uint8 images [m, C, H, W] that has no labels and no classifier."""

    def make(images: Tensor, name: str = "the real images") -> Images:
        fingerprint = str(hash(images.numpy().tobytes()))
        return Images(name=name, images=images, labels=None, classes=0, fingerprint=fingerprint, extractor=None)

    return make


@pytest.fixture(scope="session")
def noise() -> Callable[..., Tensor]:
    """Makes uint8 images of uniform noise."""

    def make(*shape: int, seed: int = 0) -> Tensor:
        return torch.randint(0, 256, shape, dtype=torch.uint8, generator=torch.Generator().manual_seed(seed))

    return make


@pytest.fixture(scope="session")
def inception_weights(tmp_path_factory: pytest.TempPathFactory, noise: Callable[..., Tensor]) -> Path:
    """A file in the format of the published weights, with random ones that keep activations at a usual scale."""
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    class Random(FeatureExtractorInceptionV3):
        def load_state_dict(self, state, strict=True, assign=False):
            pass

    nothing = io.BytesIO()
    torch.save({}, nothing)
    nothing.seek(0)
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        torch.manual_seed(0)
        network = Random("inception-v3-compat", ["2048"], feature_extractor_weights_path=nothing)
        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d):
                torch.nn.init.kaiming_normal_(module.weight)
            if isinstance(module, torch.nn.BatchNorm2d):
                module.momentum = None
                module.train()
        network(noise(4, 3, 32, 32, seed=99))
    file = tmp_path_factory.mktemp("inception") / "weights.pth"
    torch.save(network.state_dict(), file)
    return file
