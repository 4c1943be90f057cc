"""Everything that is measured of images, on the digits that come with scikit-learn."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch
import torch_fidelity

from ganlab.data import load
from ganlab.errors import InputError
from ganlab.evaluation import Subject
from ganlab.evaluation.images import ImageEvaluation

INCEPTION = ["fid", "inception_score", "kid", "precision", "recall", "density", "coverage"]


@pytest.fixture
def evaluation(digits, digits_classifier):
    return ImageEvaluation(digits, 600)


def test_where_a_classifier_is_inception_is_left_out_unless_named_and_a_notice_says_so(evaluation):
    assert list(evaluation.metrics) == ["fd_digits", "classifier_score"]
    assert evaluation.notice.startswith(f"no {', '.join(INCEPTION)}: Inception says little of such images")
    assert evaluation.protocol()["absent"] == {"inception": evaluation.notice}


def test_true_images_score_the_floors_and_noise_does_not(evaluation, digits, noise):
    floors = evaluation.floors()
    assert list(floors) == list(evaluation.metrics)
    rows = torch.from_numpy(np.random.default_rng(1).choice(len(digits.images), 600, replace=False))
    true, bad = (
        evaluation.measure(Subject(samples=digits.images[rows])),
        evaluation.measure(Subject(samples=noise(600, 1, 8, 8))),
    )
    assert list(true) == list(evaluation.metrics)
    assert true["fd_digits"] < floors["fd_digits"] < bad["fd_digits"] / 10  # they are a part of the reference
    assert true["classifier_score"] == pytest.approx(floors["classifier_score"], rel=0.03)
    assert bad["classifier_score"] < 3


def test_real_images_outside_the_reference_are_scored_like_samples(digits, digits_classifier, tmp_path):
    test = load("digits", {"reference": "test"}, "digits").reference
    evaluation = ImageEvaluation(replace(digits, others=lambda: test), 600)
    assert evaluation.real()["samples"] == test.name
    assert evaluation.real()["metrics"] == pytest.approx(
        evaluation.measure(Subject(samples=test.images)), rel=0.05
    )  # in another order
    fewer = ImageEvaluation(replace(digits, others=lambda: test), 100).real()
    assert fewer["samples"] == f"100 of {test.name}"
    assert fewer["metrics"]["fd_digits"] > evaluation.real()["metrics"]["fd_digits"]  # the bias of fewer images


def test_too_few_real_images_leave_out_the_metrics_that_need_more(digits, digits_classifier):
    few = replace(digits, images=digits.images[:9], name="nine images", fingerprint="nine")
    assert list(ImageEvaluation(replace(digits, others=lambda: few), 600).real()["metrics"]) == ["fd_digits"]


def test_where_there_are_no_other_real_images_nothing_is_said_of_them(digits, digits_classifier):
    assert ImageEvaluation(replace(digits, others=None), 600).real() is None


def test_other_real_images_that_cannot_be_read_are_noted_and_change_no_protocol(digits, digits_classifier):
    def unreadable():
        raise InputError("there are no test images")

    evaluation = ImageEvaluation(replace(digits, others=unreadable), 600)
    assert evaluation.real() is None
    assert evaluation.notice.endswith("; no line of real images: there are no test images")
    assert evaluation.protocol() == ImageEvaluation(digits, 600).protocol()


def test_the_protocol_says_all_that_the_numbers_depend_on(evaluation, digits, digits_classifier):
    protocol = evaluation.protocol()
    assert json.loads(json.dumps(protocol)) == protocol
    assert protocol["reference"] == digits.name
    assert protocol["reference_sha256"] == digits.fingerprint
    assert protocol["extractors"]["digits"]["weights_sha256"] == digits_classifier.weights


def test_evaluation_leaves_the_random_states(evaluation, digits):
    state, numpys = torch.random.get_rng_state(), np.random.get_state()[1].copy()
    evaluation.measure(Subject(samples=digits.images[:600]))
    evaluation.floors()
    assert torch.equal(torch.random.get_rng_state(), state)
    assert np.array_equal(np.random.get_state()[1], numpys)


def test_a_metric_that_needs_more_samples_is_left_out_and_noted(digits, digits_classifier):
    evaluation = ImageEvaluation(digits, 9)
    assert list(evaluation.metrics) == ["fd_digits"]
    assert evaluation.floors() == {}  # with fewer samples than features, no closed form holds
    expected = "no classifier_score: at least 10 samples are needed, and there are 9"
    assert evaluation.absent["classifier-score"] == expected
    with pytest.raises(InputError, match=r"no fd_digits: at least 2 samples are needed, and there is 1$"):
        evaluation.measure(Subject(samples=digits.images[:1]))


def test_without_a_classifier_and_inception_coarse_pixels_stand_in(images_of, noise):
    evaluation = ImageEvaluation(images_of(noise(400, 3, 8, 8)), 300)
    assert list(evaluation.metrics) == ["fd_pixels"]
    assert "weights are missing; --download fetches them" in evaluation.notice
    assert evaluation.notice.endswith("until then, fd_pixels compares colours and coarse layout alone")
    true = evaluation.measure(Subject(samples=noise(300, 3, 8, 8, seed=1)))["fd_pixels"]
    assert true == pytest.approx(evaluation.floors()["fd_pixels"], rel=0.3)


def test_where_inception_is_there_are_no_coarse_pixels(images_of, noise, inception_weights):
    evaluation = ImageEvaluation(images_of(noise(20, 3, 8, 8)), 20, weights=inception_weights)
    assert "fd_pixels" not in evaluation.metrics


def test_one_sample_is_too_few_for_any_metric(digits, digits_classifier):
    with pytest.raises(InputError, match=r"nothing can be measured against .* at least 2 samples are needed"):
        ImageEvaluation(digits, 1)


@pytest.fixture
def stacked(digits):
    """Two stacked digits: 100 modes."""
    pairs = torch.randint(len(digits.images), (4_000, 2), generator=torch.Generator().manual_seed(0))
    return replace(
        digits,
        images=digits.images[pairs, 0],
        labels=digits.labels[pairs] @ torch.tensor([10, 1]),
        classes=100,
        modes=100,
        fingerprint="stacked",
    )


def test_of_stacked_digits_the_modes_are_counted(stacked, digits_classifier):
    evaluation = ImageEvaluation(stacked, 2_000)
    assert evaluation.modes == 95  # of the 100 that as many true images cover
    assert list(evaluation.metrics) == ["fd_digits", "modes_covered", "mode_kl"]
    true = evaluation.measure(Subject(samples=stacked.images[:2_000]))
    assert true["modes_covered"] == evaluation.floors()["modes_covered"] == 100
    assert true["mode_kl"] == pytest.approx(evaluation.floors()["mode_kl"], rel=0.5)
    fives = stacked.images[(stacked.labels // 10) == 5][:200]
    few = evaluation.measure(Subject(samples=fives))
    assert few["modes_covered"] < 15
    assert few["mode_kl"] == pytest.approx(np.log(10), abs=0.3)


@pytest.mark.slow
def test_with_inceptions_weights_fid_comes_first_and_is_torch_fidelitys(
    digits, digits_classifier, inception_weights, noise
):
    class Colour(torch.utils.data.Dataset):
        def __init__(self, images):
            self.images = images

        def __len__(self):
            return len(self.images)

        def __getitem__(self, index):
            return self.images[index].repeat(3, 1, 1)

    real = replace(digits, images=digits.images[:24], fingerprint="24 digits")
    samples = noise(16, 1, 8, 8)
    evaluation = ImageEvaluation(real, 16, weights=inception_weights)
    assert list(evaluation.metrics) == [name for name in INCEPTION if name != "kid"] + ["fd_digits", "classifier_score"]
    assert list(evaluation.absent) == ["kid"]
    found = evaluation.measure(Subject(samples=samples))
    expected = torch_fidelity.calculate_metrics(
        input1=Colour(samples),
        input2=Colour(real.images),
        feature_extractor="inception-v3-compat",
        feature_extractor_weights_path=str(inception_weights),
        fid=True,
        isc=True,
        prc=True,
        cuda=False,
        verbose=False,
        save_cpu_ram=True,
        cache=False,
    )
    assert found["fid"] == pytest.approx(expected["frechet_inception_distance"], rel=1e-3)
    assert found["inception_score"] == pytest.approx(expected["inception_score_mean"], rel=1e-4)
    assert found["precision"] == pytest.approx(expected["precision"])
    assert found["recall"] == pytest.approx(expected["recall"])
    assert set(evaluation.floors()) == {*evaluation.metrics} - {"fid", "fd_digits"}


CONDITIONAL = frozenset({"samples", "labels"})


def test_of_conditional_images_the_share_of_the_wanted_class_is_measured(digits, digits_classifier):
    evaluation = ImageEvaluation(digits, 600, given=CONDITIONAL)
    assert list(evaluation.metrics) == ["fd_digits", "classifier_score", "class_accuracy"]
    images, labels = digits.images[:600], digits.labels[:600]
    right = digits_classifier.extract(images).logits.argmax(dim=1) == labels
    found = evaluation.measure(Subject(samples=images, labels=labels))["class_accuracy"]
    assert found == right.double().mean().item() > 0.98
    wrong = torch.where(torch.arange(600) < 300, labels, (labels + 1) % 10)
    assert evaluation.measure(Subject(samples=images, labels=wrong))["class_accuracy"] == pytest.approx(0.5, abs=0.01)
    assert evaluation.floors()["class_accuracy"] == pytest.approx(digits_classifier.accuracy, abs=0.02)


def test_the_class_of_stacked_digits_is_right_if_all_digits_are(stacked, digits_classifier):
    evaluation = ImageEvaluation(stacked, 500, given=CONDITIONAL)
    images, labels = stacked.images[:500], stacked.labels[:500]
    assert evaluation.measure(Subject(samples=images, labels=labels))["class_accuracy"] > 0.97
    one_wrong = labels - labels % 10 + (labels + 1) % 10
    assert evaluation.measure(Subject(samples=images, labels=one_wrong))["class_accuracy"] < 0.02


def test_class_accuracy_that_is_asked_for_without_labels_is_refused(digits, digits_classifier):
    with pytest.raises(InputError, match="'class-accuracy' cannot measure this run: it needs a conditional run"):
        ImageEvaluation(digits, 600, asked=["class-accuracy"])


def test_other_evaluators_measure_images_too(digits, digits_classifier):
    given = frozenset({"samples", "data", "generator", "network.encoder", "unconditional"})
    evaluation = ImageEvaluation(digits, 600, given=given)
    assert list(evaluation.metrics) == ["fd_digits", "classifier_score", "reconstruction"]
    assert evaluation.needs == given
    subject = Subject(
        samples=digits.images[:600],
        generator=lambda z: z.reshape(-1, 1, 8, 8),
        networks={"encoder": lambda x: x.flatten(1) + 0.5},
        data=load("digits", {}, "test"),
    )
    assert evaluation.measure(subject)["reconstruction"] == pytest.approx(0.25)
