"""Expected gradients against closed forms and numerical integrals, without any network library."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.integrate import quad

from mlflow_explain.engines.deep.path import Ends, expected_gradients

X = np.random.default_rng(0).normal(size=(40, 4))
B, ROWS = X[:30], X[30:]


def ends(function, cells):
    return Ends(cells, function(cells).reshape(len(cells), -1))


def found(function, slopes, n_nodes, max_points=10_000):
    def stacked(points):
        given = np.asarray(slopes(points))
        return given.reshape(-1, *points.shape)

    return expected_gradients(stacked, ends(function, ROWS), ends(function, B), n_nodes, max_points)


def test_a_linear_function_takes_one_node():
    weights = np.array([[1.0, -2.0, 0.5, 0.0], [0.0, 3.0, 1.0, 1.0]])
    values, missing = found(
        lambda x: x @ weights.T + 7, lambda p: np.repeat(weights[:, None], len(p), axis=1), 1
    )
    expected = (ROWS - B.mean(axis=0))[:, :, None] * weights.T
    np.testing.assert_allclose(values, expected, atol=1e-13)
    assert missing.max() < 1e-13


def test_products_of_two_have_the_values_of_shapley():
    def product(x):
        return x[:, 0] * x[:, 1] + 3 * x[:, 2] * x[:, 3]

    def slopes(p):
        return np.stack([p[:, 1], p[:, 0], 3 * p[:, 3], 3 * p[:, 2]], axis=1)

    values, _ = found(product, slopes, 2)
    # Each order of a pair adds the one with the other absent, or present.
    away = ROWS[:, None] - B
    both = (ROWS[:, None] + B) / 2
    each = away * both[..., [1, 0, 3, 2]] * [1, 1, 3, 3]
    np.testing.assert_allclose(values[:, :, 0], each.mean(axis=1), atol=1e-13)


@pytest.mark.parametrize("n_nodes", [16, 64])
def test_integrals_are_those_of_quadrature(n_nodes):
    def function(x):
        return np.tanh(x @ [1.0, 2.0, -1.0, 0.5]) + np.exp(0.3 * x[:, 0] * x[:, 3])

    def slopes(p):
        bend = 1 - np.tanh(p @ [1.0, 2.0, -1.0, 0.5]) ** 2
        made = bend[:, None] * [1.0, 2.0, -1.0, 0.5]
        grown = 0.3 * np.exp(0.3 * p[:, 0] * p[:, 3])
        made[:, 0] += grown * p[:, 3]
        made[:, 3] += grown * p[:, 0]
        return made

    values, missing = found(function, slopes, n_nodes)
    for j in range(4):
        integrals = [
            quad(lambda t, b=b, j=j: slopes((b + t * (ROWS[0] - b))[None])[0, j], 0, 1)[0]
            for b in B
        ]
        expected = np.mean((ROWS[0] - B)[:, j] * integrals)
        np.testing.assert_allclose(values[0, j, 0], expected, atol=4 / n_nodes**3)
    # The moved weights make up for all that equal ones miss.
    gain = function(ROWS) - function(B).mean()
    np.testing.assert_allclose(values[:, :, 0].sum(axis=1), gain, atol=1e-13)
    assert 1e-8 < missing.max() < 1 / n_nodes


def test_a_kink_is_found_by_what_is_known_of_the_sum():
    def function(x):
        return np.maximum(x[:, 0], 0.0) + x[:, 1]

    def slopes(p):
        return np.stack([p[:, 0] > 0, *np.ones((1, len(p))), *np.zeros((2, len(p)))], axis=1) * 1.0

    expected = np.maximum(ROWS[:, 0], 0) - np.maximum(B[:, 0], 0).mean()
    worst = {}
    for n_nodes in (4, 16, 64):
        values, _ = found(function, slopes, n_nodes)
        np.testing.assert_array_equal(values[:, 2:, 0], 0.0)
        worst[n_nodes] = np.abs(values[:, 0, 0] - expected).max()
    assert worst[4] < 3e-2
    assert worst[16] < 3e-3
    assert worst[64] < 1e-3


def test_slopes_that_differ_by_rounding_are_the_same():
    noise = np.random.default_rng(3)

    def slopes(p):
        return np.ones_like(p) + 1e-12 * noise.normal(size=p.shape)

    values, _ = found(lambda x: x.sum(axis=1), slopes, 8)
    np.testing.assert_allclose(values[:, :, 0], ROWS - B.mean(axis=0), atol=1e-10)


def test_jumps_are_not_hidden():
    values, missing = found(lambda x: np.sign(x[:, 0]), np.zeros_like, 8)
    assert not values.any()
    np.testing.assert_allclose(missing[:, 0], np.abs(np.sign(ROWS[:, 0]) - np.sign(B[:, 0]).mean()))


@pytest.mark.parametrize("max_points", [1, 7, 64, 1_000])
def test_chunks_change_nothing_and_are_bounded(max_points):
    asked = []

    def slopes(p):
        asked.append(len(p))
        return 2 * p

    whole, _ = found(lambda x: (x**2).sum(axis=1), lambda p: 2 * p, 4)
    values, _ = found(lambda x: (x**2).sum(axis=1), slopes, 4, max_points)
    np.testing.assert_allclose(values, whole, atol=1e-14)
    assert max(asked) <= max(4, max_points)
    assert sum(asked) == 4 * len(ROWS) * len(B)


def test_no_rows_have_no_values():
    none = Ends(X[:0], np.zeros((0, 2)))
    values, missing = expected_gradients(None, none, Ends(B, np.zeros((30, 2))), 4, 10)
    assert (values.shape, missing.shape) == ((0, 4, 2), (0, 2))
