"""Training on points, tables and series, with and without conditions, to the samples of the finished run."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from playing import member_of
from sklearn import datasets

from ganlab.errors import InputError
from ganlab.tracking.pictures import arrays_in, picture
from ganlab.training import load_trained
from ganlab.training.setup import load_data

IRIS = datasets.load_iris()
SPECIES = [IRIS.target_names[target] for target in IRIS.target]
BATCH_NORM = "builder={name: mlp, widths: [8], generator_norm: batch}"


@pytest.fixture
def iris(tmp_path):
    rows = zip(IRIS.data[:, 0].tolist(), IRIS.data[:, 3].tolist(), SPECIES, strict=True)
    (tmp_path / "iris.csv").write_text("length,width,species\n" + "".join(f"{a},{b},{c}\n" for a, b, c in rows))
    return f"name: table, path: {tmp_path}/iris.csv, columns: [length, width]"


@pytest.fixture
def series(tmp_path):
    np.save(tmp_path / "x.npy", np.random.default_rng(0).normal(size=(300, 2)).cumsum(axis=0))
    return f"name: series, path: {tmp_path}/x.npy, columns: [0, 1], window: 6"


@pytest.mark.parametrize("name", ["spiral", "two-moons", "checkerboard", "pinwheel", "swiss-roll"])
def test_every_set_in_the_plane_trains(specs_of, train, name):
    training = train(specs_of(f"data={{name: {name}}}"))
    last = training.directories[0].metrics()[-1]
    assert np.isfinite(
        [last[f"eval/{metric}"] for metric in ("sliced_w1", "marginal_w1", "energy_distance", "mmd")]
    ).all()
    kept = arrays_in(training.directories[0].samples()[40])
    assert (kept["picture"], kept["points"].shape) == ("scatter", (500, 2))


def test_a_series_trains_and_is_drawn(specs_of, train, series):
    training = train(specs_of(f"data={{{series}}}", "seeds=0..1"))
    assert training.directories[1].summary().record()["status"] == "finished"
    assert picture(training.directories[0].samples()[40]).startswith(b"\x89PNG")
    assert load_trained(training.directories[0]).sample(5).shape == (5, 6, 2)


def test_a_generator_of_categories_gives_probabilities_and_samples_indices(specs_of, train, iris):
    training = train(specs_of(f"data={{{iris}, categorical: [species]}}"))
    trained = load_trained(training.directories[0])
    raw = trained.generator(torch.randn(20, 4))
    assert raw.shape == (20, 5)
    torch.testing.assert_close(raw[:, 2:].sum(dim=1), torch.ones(20))
    samples = trained.sample(200)
    assert samples.shape == (200, 3)
    assert set(samples[:, 2]) <= {0.0, 1.0, 2.0}


def test_a_given_category_is_the_label_of_a_conditional_run(specs_of, train, iris):
    training = train(
        specs_of(f"data={{{iris}, categorical: [species], given: [species]}}", "conditional=true", BATCH_NORM)
    )
    trained = load_trained(training.directories[0])
    assert trained.class_names == ("setosa", "versicolor", "virginica")
    assert trained.sample(4, label=trained.index_of("virginica")).shape == (4, 2)


def test_given_numbers_are_what_a_conditional_network_takes(specs_of, train, iris, tmp_path):
    specs = specs_of(f"data={{{iris}, given: [width]}}", "conditional=true", BATCH_NORM)
    training = train(specs)
    trained = load_trained(training.directories[0])
    assert trained.generator(torch.randn(3, 4), torch.randn(3, 1)).shape == (3, 1)
    drawn = trained.sample(50)
    assert np.array_equal(drawn, trained.sample(50))
    own = trained.sample(50, given=np.full((50, 1), 2.5))
    assert own.shape == (50, 1)
    assert not np.array_equal(own, trained.sample(50, given=np.full((50, 1), 0.1)))
    with pytest.raises(InputError, match=r"^'given' has the shape \(50,\); it must be \(50, 1\), with"):
        trained.sample(50, given=np.zeros(50))
    assert np.array_equal(own, trained.sample(50, given=[[2.5]] * 50))
    with pytest.raises(InputError, match=r"^'given' is no array of numbers: could not convert string to float: 'wide'"):
        trained.sample(1, given=[["wide"]])
    with pytest.raises(InputError, match=r"^'given' has values of the column width that are NaN or infinite"):
        trained.sample(2, given=np.array([[1.0], [np.nan]]))


def test_a_given_value_that_is_no_category_is_refused(specs_of, train, iris):
    data = f"data={{{iris}, categorical: [species], given: [width, species]}}"
    trained = load_trained(train(specs_of(data, "conditional=true")).directories[0])
    assert trained.sample(3, given=np.array([[1.0, 0], [1.0, 1], [1.0, 2]])).shape == (3, 1)
    for wrong in (3, -1, 0.5):
        with pytest.raises(InputError, match=r"column species that are no categories; they are the indices 0 to 2 of"):
            trained.sample(1, given=np.array([[1.0, wrong]]))


def test_a_conditional_network_of_real_vectors_learns_a_linear_regression(specs_of, train, tmp_path):
    """y = 3 x + noise: samples follow the given x."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=2_000)
    rows = np.stack([x, 3 * x + 0.3 * rng.normal(size=2_000)], axis=1)
    (tmp_path / "xy.csv").write_text("x,y\n" + "".join(f"{a!r},{b!r}\n" for a, b in rows.tolist()))
    data = f"data={{name: table, path: {tmp_path}/xy.csv, columns: [x, y], given: [x]}}"
    game = ("optimizer={lr: 2e-3}", "steps=600", "batch_size=128", "evaluation={every: 300, samples: 500}", "ema=0.9")
    training = train(specs_of(data, "conditional=true", "builder={name: mlp, widths: [32]}", *game))
    trained = load_trained(training.directories[0])
    given = np.linspace(-1.5, 1.5, 500)[:, np.newaxis]
    assert np.corrcoef(given[:, 0], trained.sample(500, given=given)[:, 0])[0, 1] > 0.9


@pytest.mark.parametrize(
    "data", ["name: ring", "name: pinwheel", "name: gaussian-mixture, means: [-2, 2], stds: [1, 1], weights: [1, 3]"]
)
def test_components_are_the_classes_of_a_conditional_run(specs_of, train, data):
    (spec,) = specs_of(f"data={{{data}}}", "conditional=true")
    generator = member_of(spec).networks["generator"]
    assert generator(torch.randn(2, 4), torch.tensor([0, 1])).shape[0] == 2
    assert train([spec]).directories[0].summary().record()["status"] == "finished"


def test_the_same_samples_are_learnt_from_with_and_without_labels(specs_of):
    plain, conditional = (
        load_data(specs_of("data={name: ring}", f"conditional={word}")[0]) for word in ("false", "true")
    )
    entries = [data.draw(torch.Generator().manual_seed(0), 100) for data in (plain, conditional)]
    pairs = zip((plain, conditional), entries, strict=True)
    samples = [data.transform(drawn, data.storage)[0] for data, drawn in pairs]
    assert torch.equal(*samples)


def test_data_without_conditions_cannot_be_conditional(specs_of, iris):
    with pytest.raises(
        InputError, match=r"'conditional' needs labels, and the data 'table' has none; .* a table by 'given'"
    ):
        specs_of(f"data={{{iris}}}", "conditional=true")


def test_members_of_a_table_are_alike_alone_and_in_company(specs_of, train, iris):
    data = f"data={{{iris}, categorical: [species], given: [width]}}"
    together = train(specs_of(data, "conditional=true", "seeds=0..2"))
    alone = train(specs_of(data, "conditional=true", "seeds=[2]"))
    for name, leaf in alone.leaves().items():
        assert torch.equal(leaf, together.leaves(2)[name]), name
