"""Scores against the mean and covariance of features that another program saved."""

import json

import numpy as np
import pytest
from scipy.linalg import sqrtm

from ganlab.cli import main
from ganlab.data.feature_statistics import FeatureStatistics
from ganlab.errors import InputError
from ganlab.evaluation.images import score
from ganlab.evaluation.images.inception import load_inception

COUNTS = 24, 30


@pytest.fixture(scope="module")
def sets(noise):
    return noise(COUNTS[0], 3, 16, 16), noise(COUNTS[1], 3, 16, 16, seed=1) // 2


@pytest.fixture(scope="module")
def features(sets, inception_weights):
    return [load_inception(inception_weights).extract(images).values.double().numpy() for images in sets]


def statistics_of(features, name="stats.npz"):
    """What pytorch-fid and clean-fid make of features."""
    return FeatureStatistics(name=name, mean=features.mean(axis=0), covariance=np.cov(features, rowvar=False))


@pytest.fixture(scope="module")
def statistics():
    """Of uncorrelated features, whose covariance is taken apart in no time."""
    rng = np.random.default_rng(0)
    return FeatureStatistics(name="stats.npz", mean=rng.random(2048), covariance=np.diag(rng.random(2048) + 0.5))


def test_fid_is_that_of_the_images_whichever_side_the_statistics_are(sets, features, images_of, inception_weights):
    generated, real = sets
    expected = score(generated, images_of(real), ["fid"], weights=inception_weights).values["fid"]
    assert expected > 1
    one, other = (statistics_of(some) for some in features)
    for images, against in ((generated, other), (one, images_of(real))):
        found = score(images, against, ["fid"], weights=inception_weights)
        assert found.values["fid"] == pytest.approx(expected, rel=1e-6)
        assert found.floors() == {}


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Matrix is singular")
@pytest.mark.parametrize("both", [True, False])
def test_fid_is_the_formulas_number(both, sets, features, inception_weights):
    """|mu - mu'|^2 + tr(C + C' - 2 (C C')^(1/2)) by SciPy's square root of a matrix."""
    rng = np.random.default_rng(0)
    real = features[1][rng.integers(COUNTS[1], size=3_000)] + rng.normal(size=(3_000, 2048)) * 0.2
    against = statistics_of(real)
    measured = statistics_of(real[:1_500] * 1.1) if both else statistics_of(features[0])
    root = sqrtm(measured.covariance @ against.covariance).real
    shift = np.square(measured.mean - against.mean).sum()
    expected = shift + np.trace(measured.covariance + against.covariance) - 2 * np.trace(root)
    found = score(measured if both else sets[0], against, ["fid"], weights=inception_weights)
    assert found.values["fid"] == pytest.approx(expected, rel=1e-4)


def test_two_files_need_no_weights_and_are_at_the_distance_of_means_and_of_standard_deviations(statistics, tmp_path):
    other = FeatureStatistics(name="other.npz", mean=statistics.mean + 0.1, covariance=4 * statistics.covariance)
    found = score(statistics, other, weights=tmp_path / "absent")
    assert found.values == {"fid": pytest.approx(2048 * 0.01 + np.trace(statistics.covariance), rel=1e-9)}
    assert found.estimators == {"fid": "Fréchet distance of the statistics in the two files"}


def test_without_a_wish_what_can_be_measured_is_and_the_rest_is_said(sets, statistics, images_of, inception_weights):
    against = score(sets[0], statistics, weights=inception_weights)
    assert list(against.values) == list(against.estimators) == ["fid", "inception_score"]
    images = score(sets[0], images_of(sets[1]), ["inception_score"], weights=inception_weights)
    assert against.values["inception_score"] == images.values["inception_score"]
    assert against.estimators["inception_score"] == images.estimators["inception_score"]
    assert against.notes[0].startswith("no kid: stats.npz holds statistics, against which there is fid alone")
    measured = score(statistics, images_of(sets[1]), weights=inception_weights)
    assert list(measured.values) == ["fid"]
    assert measured.notes[0].startswith("no inception_score: stats.npz holds statistics")
    assert measured.notes[1].startswith("no kid: stats.npz holds statistics")
    for found in (against, measured):
        assert "comparable only if made as those of the other side" in found.notes[-1]


@pytest.mark.parametrize("metric", ["kid", "precision", "fd_pixels", "fd_mnist", "classifier_score", "modes_covered"])
def test_another_metric_is_refused(metric, sets, statistics, tmp_path):
    with pytest.raises(
        InputError, match=f"^no {metric}: stats.npz holds statistics, against which there is fid alone; "
    ):
        score(sets[0], statistics, ["fid", metric], weights=tmp_path / "absent")


def test_an_inception_score_of_statistics_is_refused(sets, statistics, images_of, tmp_path):
    with pytest.raises(
        InputError, match=r"^no inception_score: stats.npz holds statistics, and it is a score of images"
    ):
        score(statistics, images_of(sets[1]), ["inception_score"], weights=tmp_path / "absent")


def test_an_unknown_metric_is_refused(sets, statistics):
    with pytest.raises(InputError, match="unknown metric 'fidd'; did you mean 'fid'"):
        score(sets[0], statistics, ["fidd"])


@pytest.mark.parametrize("dimensions", [64, 768, 512])
def test_statistics_of_other_features_are_refused(dimensions, sets, images_of):
    other = FeatureStatistics(name="x.npz", mean=np.zeros(dimensions), covariance=np.eye(dimensions))
    for sides in ((sets[0], other), (other, images_of(sets[1])), (other, other)):
        with pytest.raises(InputError, match=f"^x.npz holds statistics of {dimensions} features; FID is of the 2,048"):
            score(*sides, ["fid"])


def test_a_single_image_has_no_covariance(sets, statistics, images_of, tmp_path):
    for sides in ((sets[0][:1], statistics), (statistics, images_of(sets[0][:1]))):
        with pytest.raises(InputError, match=r"^no fid: at least 2 images are needed, not 1"):
            score(*sides, ["fid"], weights=tmp_path / "absent")


def test_the_command_says_what_it_read_and_what_it_leaves_out(sets, statistics, inception_weights, tmp_path, capsys):
    np.savez(tmp_path / "x.npz", arr_0=sets[0].permute(0, 2, 3, 1).numpy())
    np.savez(tmp_path / "stats.npz", mu=statistics.mean, sigma=statistics.covariance)
    arguments = ["evaluate", f"{tmp_path}/x.npz", "--against", f"{tmp_path}/stats.npz"]
    arguments += ["--inception-weights", str(inception_weights)]
    assert main(arguments) == 0
    text = capsys.readouterr().out
    assert (
        f"measured: {tmp_path}/x.npz: 24 RGB images of 16x16 pixels, levels 0 to 255 (its array 'arr_0'; channels"
        in text
    )
    assert f"against: {tmp_path}/stats.npz: mean and covariance of 2,048 features\n" in text
    assert "note: no kid: " in text
    assert "note: statistics in a file are comparable only if" in text
    assert main([*arguments, "--format", "json", "--metrics", "FID, Inception-Score"]) == 0
    out, err = capsys.readouterr()
    values = json.loads(out)
    assert list(values) == ["fid", "inception_score"]
    expected = score(sets[0], statistics, ["fid"], weights=inception_weights).values["fid"]
    assert values["fid"] == pytest.approx(expected, rel=1e-12)
    assert "mean and covariance" in err
    assert main([*arguments, "--metrics", "kid"]) == 2
    assert "no kid: " in capsys.readouterr().err
    stats = f"{tmp_path}/stats.npz"
    assert main(["evaluate", stats, "--against", stats, "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["fid"] == pytest.approx(0, abs=1e-6)
    assert "both sides are the same" in err
