"""What a subject gives, and which evaluators that is enough for."""

import numpy as np
import pytest
import torch

from ganlab.data import load
from ganlab.errors import InputError
from ganlab.evaluation import Evaluator, Metric, Subject, evaluators_for, find_evaluator, given_by_training
from ganlab.evaluation.images.features import Features
from ganlab.evaluation.subject import need_in_words, subject_of

NORMAL = load("gaussian", {}, "test").reference
TRAINED = given_by_training(["generator", "discriminator"], conditional=False)


def names(*arguments):
    return [one.name for one in evaluators_for(*arguments)]


def test_samples_are_prepared_as_the_reference_has_them():
    ring = load("ring", {}, "test").reference
    assert Subject(samples=torch.tensor([[3.0], [1.0], [2.0]])).prepared(NORMAL).tolist() == [1, 2, 3]
    assert Subject(samples=torch.tensor([[3.0, 0.0], [1.0, 5.0]])).prepared(ring).tolist() == [[3, 0], [1, 5]]
    assert Subject(samples=torch.tensor([[3.0], [1.0]])).array.tolist() == [[3], [1]]


def test_samples_are_sorted_and_features_extracted_once():
    class Counted:
        name, asked = "counted", 0

        def extract(self, images):
            self.asked += 1
            return Features(images, images)

    subject, extractor = Subject(samples=torch.zeros(3, 1)), Counted()
    assert subject.prepared(NORMAL) is subject.prepared(NORMAL)
    assert subject.features(extractor) is subject.features(extractor)
    assert extractor.asked == 1


def test_true_points_become_samples():
    assert subject_of(np.array([1.0, 2.0])).samples.shape == (2, 1)
    assert subject_of(np.zeros((2, 3))).samples.shape == (2, 3)


def test_an_evaluator_that_is_asked_for_comes_after_those_of_the_data():
    assert names(NORMAL, TRAINED, ["c2st"]) == [*names(NORMAL, TRAINED), "c2st"]
    assert names(NORMAL, TRAINED, ["wasserstein"]) == names(NORMAL, TRAINED)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("autocorrelation", r"'autocorrelation' .* does not apply to this data"),
        ("reconstruction", r"it needs a game with a network 'encoder'"),
        ("optimal-discriminator", r"it needs a variant whose optimal discriminator is log p/q, trained with nothing"),
    ],
)
def test_an_evaluator_that_cannot_measure_is_refused_with_the_reason(name, message):
    with pytest.raises(InputError, match=message):
        evaluators_for(NORMAL, TRAINED, [name])


def test_evaluators_are_found_in_any_spelling_and_those_of_images_too():
    assert find_evaluator("Conditional_W1").name == "conditional-w1"
    assert find_evaluator("class_accuracy").name == "class-accuracy"
    with pytest.raises(InputError, match="unknown evaluator 'c3st'; did you mean 'c2st'"):
        find_evaluator("c3st")


def test_a_need_that_nothing_gives_is_refused():
    with pytest.raises(ValueError, match="an evaluator cannot need 'gradients'; known: samples, labels, "):
        Evaluator(
            name="mine",
            summary="",
            metrics=(Metric(name="mine", better="lower", estimator=""),),
            needs=("gradients",),
            applies_to=lambda reference: True,
            function=lambda subject, reference: {},
        )


def test_what_training_gives_is_in_the_words_of_needs():
    assert all(need_in_words(need) for need in TRAINED)
    assert "labels" in given_by_training([], conditional=True)
    assert "labels" not in TRAINED
