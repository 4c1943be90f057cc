import pytest
import torch

from ganlab.evaluation.images.evaluation import ImageEvaluation
from ganlab.evaluation.images.extractors import EXTRACTORS, real_features
from ganlab.evaluation.images.features import CPU, Features, silent
from ganlab.evaluation.images.reference_features import RealFeatures
from ganlab.plugins import use_plugins
from ganlab.record.plugin import Plugin


class Pixels:
    """An extractor whose features are the pixels."""

    name = "pixels"
    resize = "none"

    def __init__(self, weights="one"):
        self.weights = weights

    def extract(self, images):
        return Features(images.flatten(1).float(), images.flatten(1).float())

    def describe(self):
        return {}


class Broken(Pixels):
    def extract(self, images):
        raise RuntimeError("broken off")


@pytest.fixture(autouse=True)
def _empty_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))


def test_features_and_radii_are_computed_once_for_the_same_images(images_of, noise):
    told = []
    for name in ("some images", "the same by another name"):
        real = RealFeatures(Pixels(), images_of(noise(20, 1, 2, 2), name), told.append)
        assert torch.equal(real.features.values, noise(20, 1, 2, 2).flatten(1).float())
        assert real.radii.shape == (20, 2)
    assert told == [
        "computing the features 'pixels' of some images",
        "computing the nearest neighbours among some images",
    ]


def test_other_images_or_other_weights_have_features_of_their_own(images_of, noise):
    keys = {
        RealFeatures(Pixels(weights), images_of(images)).key
        for weights in ("one", "other")
        for images in (noise(20, 1, 2, 2), noise(20, 1, 2, 2, seed=1), noise(10, 1, 2, 2))
    }
    assert len(keys) == 6


def test_an_extraction_that_breaks_off_leaves_nothing(images_of, noise):
    images = images_of(noise(20, 1, 2, 2))
    with pytest.raises(RuntimeError, match="broken off"):
        _ = RealFeatures(Broken(), images).features
    assert len(RealFeatures(Pixels(), images).features.values) == 20


EXTRACTOR = """
import torch
from ganlab.evaluation.images import ExtractorSource, register
from ganlab.evaluation.images.features import extract_in_batches


class Means:
    name = "means"
    weights = "none"
    resize = "none"

    def extract(self, images):
        return extract_in_batches(of, images, 1_000, torch.device("cpu"))

    def describe(self):
        return {}


def of(images):
    return images.float().mean(AXIS).flatten(1), torch.empty(len(images), 0)


register(ExtractorSource(name="means", summary="means", load=lambda device, weights, report: Means()))
"""


def test_an_extractor_whose_code_has_changed_gets_features_of_its_own(images_of, noise):
    images = images_of(noise(40, 1, 6, 4))
    floors, widths = [], []
    for axis in ("3", "2"):
        text = EXTRACTOR.replace("AXIS", axis)
        use_plugins([Plugin(name="mine.py", files={"mine.py": text})])
        real = real_features(EXTRACTORS["means"].load(CPU, None, silent), images, silent, CPU)
        widths.append(real.features.values.shape[1])
        floors.append(ImageEvaluation(images, 30, asked=["fd-means"]).floors()["fd_means"])
    assert widths == [6, 4]
    assert floors[0] != floors[1]
