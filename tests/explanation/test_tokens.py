from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation.importance import LocalImportance, concatenated
from mlflow_explain.explanation.tokens import TokenImportance


def made(**changes):
    parts = {
        "row": [0, 0, 2],
        "start": [0, 4, 0],
        "end": [3, 7, 2],
        "sentence": [0, 0, 0],
        "feature": [0, 1, 0],
        "values": np.array([[1.0], [2.0], [-3.0]]),
        "rest": np.array([[0.5], [0.25], [0.0]]),
    }
    return TokenImportance("text", **parts | changes)


def test_tokens_and_rest_are_the_whole():
    tokens = made()

    assert tokens.totals().tolist() == [[3.5], [0.25], [-3.0]]
    assert tokens.by_feature(2)[..., 0].tolist() == [[1, 2], [0, 0], [-3, 0]]
    assert (tokens.n_rows, tokens.n_tokens, tokens.n_outputs) == (3, 3, 1)
    assert tokens.of_row(1) == slice(2, 2)


def test_rows_are_taken_and_joined_again():
    tokens = made(standard_errors=np.full((3, 1), 0.1))
    local = LocalImportance(np.zeros((3, 2, 1)), np.zeros(1), tokens=tokens)

    again = concatenated([local.take(slice(0, 1)), local.take(slice(1, 3))]).tokens
    assert again is not None
    for name, part in tokens.arrays().items():
        np.testing.assert_array_equal(again.arrays()[name], part)
    assert local.take(slice(1, 3)).tokens.row.tolist() == [1]


def test_tokens_of_features_left_out_stay_and_are_counted_under_none():
    local = LocalImportance(made().by_feature(2), np.zeros(1), rest=np.zeros((3, 1)), tokens=made())

    kept = local.only(np.array([1])).tokens
    assert kept.feature.tolist() == [-1, 0, -1]
    whole = made().arrays()
    for name in whole.keys() - {"feature"}:
        np.testing.assert_array_equal(kept.arrays()[name], whole[name])


def test_tokens_without_a_feature_stay_without():
    tokens = made(feature=[-1, 1, 0])

    assert tokens.by_feature(2)[..., 0].tolist() == [[0, 2], [0, 0], [-3, 0]]
    assert tokens.only(np.array([0])).feature.tolist() == [-1, -1, 0]
    assert tokens.only(np.array([], dtype=int)).feature.tolist() == [-1, -1, -1]


@pytest.mark.parametrize(
    "changes",
    [
        {"row": [0, 2, 1]},
        {"row": [0, 0, 3]},
        {"row": [-1, 0, 0]},
        {"start": [0, 4]},
        {"values": np.zeros((3, 2))},
        {"rest": np.zeros(3)},
        {"standard_errors": np.zeros((2, 1))},
    ],
)
def test_odd_parts_are_refused(changes):
    with pytest.raises(InvalidInputError):
        made(**changes)


def test_it_is_frozen_copied_and_pickled():
    tokens = made()
    again = pickle.loads(pickle.dumps(copy.deepcopy(tokens)))  # noqa: S301 - our own

    np.testing.assert_array_equal(again.values, tokens.values)
    with pytest.raises(ValueError, match="read-only"):
        tokens.values[0] = 0
