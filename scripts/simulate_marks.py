"""How often a truly best row of a column has no mark, and how many rows have one, of three rules for †.

    python scripts/simulate_marks.py

Values are normal with the standard deviation 1, rows are tested by Welch's test. "lost" is the share of columns in
which the first row, which is truly best, has no mark; "marked" is how many rows have one. All rules have a bold row
where a two-sided test at 5% tells the best mean from each other one, and then no other mark. The rules for † are single
two-sided tests at 5%, Holm's method over two-sided tests, and what ganlab does: over one-sided tests.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import stats

COLUMNS = 20_000
FAR = 8.0
CASES = {
    **{f"{k} equal rows": [0.0] * k for k in (2, 3, 4, 6, 10)},
    **{
        f"{c} equal of {k}, others far behind": [0.0] * c + [FAR] * (k - c)
        for k in (6, 10)
        for c in (2, 3, 4, 6)
        if c < k
    },
    **{f"1 of {k} ahead by {d:g}": [0.0] + [d] * (k - 1) for k in (6, 10) for d in (1.0, 2.0)},
}


def p_values(means: list[float], seeds: int, rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The row of the best mean [columns], and its two-sided p-values with all rows [columns, rows]; NaN with itself."""
    values = rng.normal(size=(COLUMNS, len(means), seeds)) + np.array(means)[:, None]
    best = values.mean(2).argmin(1)
    of_the_best = values[np.arange(COLUMNS), best][:, None]
    found = stats.ttest_ind(values, of_the_best, axis=2, equal_var=False).pvalue
    found[np.arange(COLUMNS), best] = np.nan
    return best, found


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """`p` [columns, rows] adjusted in each column; NaN stays NaN."""
    order = p.argsort(axis=1)
    tests = p.shape[1] - 1
    ascending = np.take_along_axis(p, order, 1)[:, :tests] * np.arange(tests, 0, -1)
    adjusted = np.full_like(p, np.nan)
    np.put_along_axis(adjusted, order[:, :tests], np.maximum.accumulate(ascending, axis=1), 1)
    return adjusted


def main() -> None:
    for seeds in (5, 10):
        for case, means in CASES.items():
            best, p = p_values(means, seeds, np.random.default_rng(0))
            is_best = np.arange(len(means)) == best[:, None]
            bold = (p <= 0.05).sum(1) == len(means) - 1
            kept = {
                "single": ~(p <= 0.05),
                "two-sided Holm": ~(holm(p) <= 0.05),
                "ganlab": ~((p <= 0.05) & (holm(p / 2) <= 0.05)),
            }
            marked = {rule: np.where(bold[:, None], is_best, keep) for rule, keep in kept.items()}
            said = [
                f"{rule}: lost {1 - one[:, 0].mean():.3f}, marked {one.sum(1).mean():.2f}"
                for rule, one in marked.items()
            ]
            print(f"{seeds:2} seeds, {case}: bold {bold.mean():.3f}; {'; '.join(said)}")


if __name__ == "__main__":
    main()
