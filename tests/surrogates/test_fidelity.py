"""How near a surrogate is, where that can be told."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import r2_score

from mlflow_explain.surrogates.fidelity import agreement, r2


def test_r2_is_that_of_scikit_learn():
    random = np.random.default_rng(0)
    teacher, own = random.normal(size=(2, 50, 1))
    assert r2(teacher, own) == pytest.approx(r2_score(teacher, own))
    three = random.normal(size=(50, 3))
    assert r2(three, three * 0.9) == pytest.approx(
        r2_score(three, three * 0.9, multioutput="variance_weighted")
    )


def test_what_cannot_be_told_is_left_out():
    assert r2(np.zeros((0, 1)), np.zeros((0, 1))) is None
    assert agreement(np.zeros(0, np.int64), np.zeros(0, np.int64)) is None
    same = np.full((5, 1), 1e6)
    assert r2(same, same + 1e-9) == 1.0
    assert r2(same, same + 1.0) is None
    assert r2(same[:1], same[:1]) == 1.0
    assert agreement(np.array([0, 1, -1]), np.array([0, 0, 0])) == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("scale", "offset"), [(1e-10, 0.0), (1e-300, 0.0), (1e200, 0.0), (1, 1e12)]
)
def test_r2_depends_on_no_unit(scale, offset):
    random = np.random.default_rng(0)
    teacher, own = random.normal(size=(2, 50, 2))
    found = r2(scale * teacher + offset, scale * own + offset)
    assert found == pytest.approx(r2(teacher, own), rel=1e-3)
    assert found < 0


def test_what_is_off_beyond_all_numbers_is_left_out():
    teacher = np.array([[1e-5], [2e-5]])
    assert r2(teacher, np.full((2, 1), 1e300)) is None
    assert r2(teacher, np.full((2, 1), 1e100)) < -1e200
