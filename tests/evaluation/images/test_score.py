import pytest

from ganlab.errors import InputError
from ganlab.evaluation.images import ImageEvaluation, WeightsMissingError, score


def test_values_come_in_the_order_in_which_they_are_asked_for(digits, digits_classifier):
    images = digits.images[:300]
    found = score(images, digits, ["classifier_score", "fd_digits"])
    assert list(found) == ["classifier_score", "fd_digits"]
    assert found == ImageEvaluation(digits, 300).measure(images)


def test_inception_is_not_asked_for_without_need_nor_the_classifier(digits, digits_classifier, tmp_path, monkeypatch):
    assert list(score(digits.images[:10], digits, ["fd_digits"], weights=tmp_path / "absent")) == ["fd_digits"]
    monkeypatch.setenv("GANLAB_CACHE", str(tmp_path))
    with pytest.raises(WeightsMissingError, match="--download fetches them"):
        score(digits.images[:10], digits, ["fid"], report=lambda text: pytest.fail(text))


def test_an_unknown_metric_gets_the_nearest_known_one(digits):
    with pytest.raises(InputError, match="unknown metric 'fd_digit'; did you mean 'fd_digits'"):
        score(digits.images[:10], digits, ["fd_digit"])


def test_a_metric_of_another_set_is_refused(digits, digits_classifier):
    with pytest.raises(InputError, match="there is no 'fd_mnist' against the 1,442 training images of digits"):
        score(digits.images[:10], digits, ["fd_digits", "fd_mnist"])


def test_images_of_another_shape_are_refused(digits, digits_classifier, noise):
    with pytest.raises(InputError, match=r"the images are of shape \[3, 8, 8\], and .* are of shape \[1, 8, 8\]"):
        score(noise(10, 3, 8, 8), digits, ["fd_digits"])


def test_too_few_images_are_refused(digits, digits_classifier):
    with pytest.raises(InputError, match="no classifier_score: at least 10 samples are needed, and there are 4"):
        score(digits.images[:4], digits, ["classifier_score"])
