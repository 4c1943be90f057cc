"""Columns of the data sets that come with scikit-learn; nothing is downloaded."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import field_validator

from ganlab.data.base import DataSource, register
from ganlab.data.splits import SplitOptions
from ganlab.data.values import SplitValues
from ganlab.errors import InputError
from ganlab.registry import did_you_mean

# Arguments of `load_<name>`. By default scikit-learn gives diabetes standardised, not in its own units.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "iris": {},
    "wine": {},
    "breast_cancer": {},
    "diabetes": {"scaled": False},
}


class SklearnOptions(SplitOptions):
    """`column` is a data set and one of its features: "breast_cancer/mean radius"."""

    column: str

    @field_validator("column")
    @classmethod
    def _has_two_parts(cls, column: str) -> str:
        if "/" not in column:
            raise ValueError(f"'{column}' is no '<data set>/<feature>', such as 'breast_cancer/mean radius'")
        return column


def sklearn_column(options: SklearnOptions) -> SplitValues:
    """The values of one feature.

    Raises:
        InputError: there is no such data set, or it has no such feature.
    """
    name, feature = options.column.split("/", maxsplit=1)
    if name not in ARGUMENTS:
        raise InputError(f"unknown scikit-learn data set '{name}'; {did_you_mean(name, ARGUMENTS)}")
    from sklearn import datasets  # slow to import, and few runs need it

    table = getattr(datasets, f"load_{name}")(**ARGUMENTS[name])
    features = list(map(str, table.feature_names))
    if feature not in features:
        raise InputError(f"the data set '{name}' has no feature '{feature}'; {did_you_mean(feature, features)}")
    values = table.data[:, features.index(feature)].astype(np.float64)
    return SplitValues(values, options, f"'{options.column}'", title=options.column)


register(
    DataSource(
        name="sklearn",
        summary="a column of a data set that comes with scikit-learn: " + ", ".join(ARGUMENTS),
        options=SklearnOptions,
        load=sklearn_column,
    )
)
