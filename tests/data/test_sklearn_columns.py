import numpy as np
import pytest

from ganlab.data import load
from ganlab.errors import InputError


def values(column):
    reference = load("sklearn", {"column": column}, "test").reference
    return np.concatenate([reference.held_out, reference.training])


def test_columns_hold_the_published_numbers():
    # Means and maxima as in the data sets' own descriptions; ages in the diabetes study are whole years.
    assert len(values("iris/sepal length (cm)")) == 150
    assert values("iris/sepal length (cm)").mean() == pytest.approx(5.84, abs=0.005)
    assert values("wine/od280/od315_of_diluted_wines").mean() == pytest.approx(2.61, abs=0.005)
    assert values("breast_cancer/mean radius").max() == pytest.approx(28.11)
    assert np.all(values("diabetes/age") == values("diabetes/age").round())


def test_what_was_found_is_said():
    found = load("sklearn", {"column": "iris/petal width (cm)"}, "test").found
    assert found == "iris/petal width (cm): 150 values, min 0.1, mean 1.19933, max 2.5; 30 held out"


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("iris", "test: column: 'iris' is no '<data set>/<feature>', such as 'breast_cancer/mean radius'"),
        ("irsi/x", "unknown scikit-learn data set 'irsi'; did you mean 'iris'?"),
        ("wine/alcool", "the data set 'wine' has no feature 'alcool'; did you mean 'alcohol'?"),
    ],
)
def test_an_unknown_column_names_the_nearest(column, message):
    with pytest.raises(InputError) as error:
        load("sklearn", {"column": column}, "test")
    assert str(error.value) == message
