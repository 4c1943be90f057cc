"""The fast Inception network against torch-fidelity's own, with random weights."""

import hashlib
import pickle
import subprocess
import sys

import pytest
import torch
from torch_fidelity.feature_extractor_inceptionv3 import URL_INCEPTION_V3
from torch_fidelity.interpolate_compat_tensorflow import interpolate_bilinear_2d_like_tensorflow1x
from torch_fidelity.utils import create_feature_extractor

from ganlab.errors import InputError
from ganlab.evaluation.images.inception import URL, WeightsMissingError, find_weights, load_inception, resize


@pytest.fixture
def inception(inception_weights):
    return load_inception(inception_weights)


@pytest.mark.parametrize("channels", [1, 3])
def test_features_and_logits_are_torch_fidelitys(inception, inception_weights, noise, channels):
    stock = create_feature_extractor(
        "inception-v3-compat",
        ["2048", "logits_unbiased"],
        cuda=False,
        verbose=False,
        feature_extractor_weights_path=str(inception_weights),
    )
    images = noise(3, channels, 20, 24)
    values, logits = stock(images.repeat(1, 3 // channels, 1, 1))
    found = inception.extract(images)
    assert (found.values - values).norm() < 2e-4 * values.norm()
    assert (found.logits - logits).norm() < 2e-4 * logits.norm()


def test_neither_autocast_nor_the_random_state_plays_a_part(inception, noise):
    plain = inception.extract(noise(2, 3, 8, 8))
    before = torch.random.get_rng_state()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        surrounded = inception.extract(noise(2, 3, 8, 8))
    assert surrounded.values.dtype == torch.float32
    assert torch.equal(surrounded.values, plain.values)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_other_channels_than_one_or_three_are_refused(inception, noise):
    with pytest.raises(InputError, match="1 or 3 channels, and these have 2"):
        inception.extract(noise(2, 2, 8, 8))


def test_the_weights_are_identified_by_their_sha256(inception, inception_weights):
    assert inception.describe()["weights_sha256"] == hashlib.sha256(inception_weights.read_bytes()).hexdigest()


@pytest.mark.parametrize("size", [(8, 8), (28, 28), (32, 48), (320, 320)])
def test_the_resize_is_that_of_tensorflow_1(noise, size):
    images = noise(2, 3, *size).float()
    expected = interpolate_bilinear_2d_like_tensorflow1x(images, size=(299, 299), align_corners=False)
    assert (resize(images) - expected).abs().max() < 2e-4


def test_missing_weights_say_how_to_get_them():
    with pytest.raises(WeightsMissingError, match=r"--download fetches them, and --inception-weights takes a copy of"):
        load_inception()


def test_weights_are_found_by_argument_then_environment_then_where_torch_fidelity_keeps_them(tmp_path, monkeypatch):
    kept = tmp_path / "torch" / "hub" / "checkpoints" / "weights-inception-2015-12-05-6726825d.pth"
    kept.parent.mkdir(parents=True)
    named, argument = tmp_path / "named.pth", tmp_path / "argument.pth"
    for file in (kept, named, argument):
        file.touch()
    assert find_weights() == kept
    monkeypatch.setenv("GANLAB_INCEPTION_WEIGHTS", str(named))
    assert find_weights() == named
    assert find_weights(argument) == argument


def test_a_named_file_that_is_not_there_is_an_error_of_its_own(tmp_path):
    with pytest.raises(InputError, match=r"there is no file .*absent\.pth") as caught:
        load_inception(tmp_path / "absent.pth")
    assert not isinstance(caught.value, WeightsMissingError)


@pytest.mark.parametrize(
    "content",
    [b"", b"no weights", b"hello", b"these are no weights", pickle.dumps(print, 2), pickle.dumps([1, 2], 2)],
    ids=["empty", "text", "a word", "more words", "code", "list"],
)
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    file = tmp_path / "weights.pth"
    file.write_bytes(content)
    with pytest.raises(InputError, match=r"weights\.pth does not hold the weights of 'inception'"):
        load_inception(file)


def test_weights_of_another_network_are_refused(tmp_path):
    file = tmp_path / "weights.pth"
    torch.save(torch.nn.Linear(2, 2).state_dict(), file)
    with pytest.raises(InputError, match=r"weights\.pth does not hold the weights of 'inception'"):
        load_inception(file)


def test_weights_that_are_not_numbers_are_refused(tmp_path, inception_weights):
    weights = torch.load(inception_weights)
    next(iter(weights.values())).fill_(torch.nan)
    file = tmp_path / "weights.pth"
    torch.save(weights, file)
    with pytest.raises(InputError, match=r"weights\.pth does not hold the weights of 'inception'"):
        load_inception(file)


def test_the_weights_are_looked_for_where_torch_fidelity_has_them() -> None:
    assert URL == URL_INCEPTION_V3


def test_a_classifiers_score_imports_no_torch_fidelity() -> None:
    code = (
        "import sys, torch, ganlab.evaluation.images as images\n"
        "from ganlab.evaluation.images.inception_score import inception_score\n"
        "inception_score(torch.zeros(10, 2)); print('torch_fidelity' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["False"]
