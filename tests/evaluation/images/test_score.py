import pytest

from ganlab.errors import InputError
from ganlab.evaluation import Subject
from ganlab.evaluation.images import ImageEvaluation, WeightsMissingError, score


def test_values_come_in_the_order_in_which_they_are_asked_for(digits, digits_classifier):
    images = digits.images[:300]
    found = score(images, digits, ["classifier_score", "fd_digits"])
    evaluation = ImageEvaluation(digits, 300)
    assert list(found.values) == list(found.estimators) == ["classifier_score", "fd_digits"]
    assert found.values == evaluation.measure(Subject(samples=images))
    assert found.floors() == evaluation.floors()
    assert found.estimators == {name: metric.estimator for name, metric in evaluation.metrics.items()}


def test_inception_is_not_asked_for_without_need_nor_the_classifier(digits, digits_classifier, tmp_path, monkeypatch):
    found = score(digits.images[:10], digits, ["fd_digits"], weights=tmp_path / "absent")
    assert list(found.values) == ["fd_digits"]
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))
    with pytest.raises(WeightsMissingError, match="--download fetches them"):
        score(digits.images[:10], digits, ["fid"], report=lambda text: pytest.fail(text))


def test_an_unknown_metric_gets_the_nearest_known_one(digits):
    with pytest.raises(InputError, match="unknown metric 'fd_digit'; did you mean 'fd_digits'"):
        score(digits.images[:10], digits, ["fd_digit"])


def test_metrics_are_taken_in_any_case(digits, digits_classifier):
    assert list(score(digits.images[:10], digits, ["FD-Digits"]).values) == ["fd_digits"]


def test_a_metric_of_another_set_is_refused(digits, digits_classifier):
    with pytest.raises(InputError, match="there is no 'fd_mnist' against the 1,442 training images of digits"):
        score(digits.images[:10], digits, ["fd_digits", "fd_mnist"])


def test_images_of_another_shape_are_refused(digits, digits_classifier, noise):
    with pytest.raises(InputError, match=r"the images are of shape \[3, 8, 8\], and .* of shape \[1, 8, 8\]"):
        score(noise(10, 3, 8, 8), digits, ["fd_digits"])


def test_without_inceptions_weights_a_metric_that_needs_none_is_named(images_of, noise, digits, monkeypatch, tmp_path):
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))
    monkeypatch.delenv("GANLAB_DOWNLOAD", raising=False)
    for against, other in ((digits, "fd_digits"), (images_of(noise(12, 3, 8, 8)), "fd_pixels")):
        with pytest.raises(InputError, match=f"weights are missing; .*; --metrics {other} does without$"):
            score(noise(12, 3, 8, 8), against, ["fid"])


def test_pixels_are_compared_without_any_weights(images_of, noise):
    real = images_of(noise(300, 3, 16, 24))
    dark = noise(200, 3, 16, 24, seed=1) // 4
    assert score(noise(200, 3, 16, 24, seed=1), real, ["fd_pixels"]).values["fd_pixels"] < 2
    assert score(dark, real, ["fd_pixels"]).values["fd_pixels"] > 20  # 192 means that are 3/8 apart
    with pytest.raises(InputError, match=r"of shape \[1, 16, 24\], and .* give images of the same size and channels"):
        score(noise(200, 1, 16, 24), real, ["fd_pixels"])


def test_inception_compares_images_of_other_sizes_and_channels(images_of, noise, inception_weights):
    found = score(noise(12, 1, 20, 24), images_of(noise(12, 3, 8, 8)), ["fid"], weights=inception_weights)
    assert found.values["fid"] > 0


def test_an_inception_score_needs_no_real_images(images_of, noise, inception_weights):
    found = score(noise(12, 3, 8, 8), images_of(noise(3, 3, 8, 8)), ["inception_score"], weights=inception_weights)
    assert found.values["inception_score"] >= 1
    assert found.floors() == {}


def test_too_few_images_are_refused(digits, digits_classifier):
    with pytest.raises(InputError, match="no classifier_score: at least 10 samples are needed, and there are 4"):
        score(digits.images[:4], digits, ["classifier_score"])
