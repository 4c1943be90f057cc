import pytest
import torch

from ganlab.errors import InputError
from ganlab.evaluation.images.classifier import ensure_classifier, train_classifier


def test_the_classifier_of_digits_is_nearly_always_right(digits_classifier):
    assert digits_classifier.accuracy > 0.98
    assert digits_classifier.describe()["weights_sha256"] == digits_classifier.weights


def test_it_is_trained_once_and_then_read(digits_classifier, digits):
    again = ensure_classifier("digits", lambda text: pytest.fail(text))
    assert again.weights == digits_classifier.weights
    logits = digits_classifier.extract(digits.images).logits
    assert torch.equal(again.extract(digits.images).logits, logits)
    assert (logits.argmax(dim=1) == digits.labels).double().mean() > 0.98


def test_training_is_deterministic_and_leaves_torchs_random_state(digits):
    few = (digits.images[:100], digits.labels[:100])
    before = torch.random.get_rng_state()
    first, second = (train_classifier("few", *few, *few) for _ in range(2))
    assert first.weights == second.weights
    assert torch.equal(torch.random.get_rng_state(), before)


def test_stacked_images_give_the_features_of_their_channels_side_by_side(digits_classifier, digits):
    stacked = digits.images[:6].reshape(2, 3, 8, 8)
    one = digits_classifier.extract(digits.images[:6])
    several = digits_classifier.extract(stacked)
    assert several.values == pytest.approx(one.values.reshape(2, 192), rel=1e-5, abs=1e-5)
    assert several.logits == pytest.approx(one.logits.reshape(2, 30), rel=1e-5, abs=1e-5)


def test_images_of_another_size_are_refused(digits_classifier):
    with pytest.raises(InputError, match=r"'digits' is for images of shape \[1, 8, 8\], and these are .*\[1, 9, 9\]"):
        digits_classifier.extract(torch.zeros(2, 1, 9, 9, dtype=torch.uint8))


def test_an_unknown_one_gets_the_known_ones():
    with pytest.raises(InputError, match="there is no classifier of 'digit'; did you mean 'digits'"):
        ensure_classifier("digit")


def test_the_number_of_threads_changes_no_bit(digits):
    few = (digits.images[:100], digits.labels[:100])
    weights = []
    for threads in (1, 2):
        torch.set_num_threads(threads)
        weights.append(train_classifier("few", *few, *few).weights)
        assert torch.get_num_threads() == threads
    assert weights[0] == weights[1]
