"""Two explanations side by side: what is matched, what differs, and what is noise."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlflow_explain import Comparison
from mlflow_explain.errors import FeatureError, InvalidInputError
from mlflow_explain.explanation import (
    EvaluatedRows,
    Explanation,
    FeatureMap,
    GlobalImportance,
    LocalImportance,
    aggregate,
)
from mlflow_explain.explanation.comparing import compared

NAMES = ("age", "income", "job", "zip")


def of(values, features=NAMES, **changes) -> Explanation:
    """Return an explanation of rows of values (n_rows, n_features)."""
    values = np.asarray(values, dtype=float)
    local = LocalImportance(values[:, :, None], np.zeros(1))
    settings = {
        "features": features[: values.shape[1]],
        "method": "linear",
        "model_task": "regression",
        "model_type": "Ridge",
        "output_space": "raw",
        "feature_perturbation": "interventional",
        "global_": aggregate(local),
        "local": local,
    }
    return Explanation(**settings | changes)


def permuted(values, features=NAMES) -> Explanation:
    values = np.asarray(values, dtype=float)
    whole = GlobalImportance(values, values[:, None], measure="increase of mse")
    return of(np.zeros((1, len(values))), features, local=None, global_=whole, output_space=None)


def by_name(comparison, column):
    table = comparison.to_frame()
    return dict(zip(table["feature"], table[column], strict=True))


def test_by_hand():
    a, b = of([[4, -3, 2, 1]]), of([[-3, 4, 2, 1]])
    comparison = compared(a, b)
    assert comparison.kendall_tau == pytest.approx((5 - 1) / 6)
    discounts = 1 / np.log2([2, 3, 4, 5])
    expected = np.dot([3, 4, 2, 1], discounts) / np.dot([4, 3, 2, 1], discounts)
    assert comparison.ndcg_a == comparison.ndcg_b == pytest.approx(expected)
    assert comparison.ndcg == pytest.approx(expected)
    assert (comparison.top_k, comparison.top_k_overlap) == (4, 1.0)
    assert compared(a, b, top_k=1).top_k_overlap == 0.0
    assert compared(a, b, top_k=0).top_k == 4
    assert comparison.features == ("age", "income", "job", "zip")
    np.testing.assert_allclose(comparison.difference, [-1, 1, 0, 0])
    np.testing.assert_allclose(comparison.share_difference, [-0.1, 0.1, 0, 0])
    np.testing.assert_array_equal(comparison.rank_change, [-1, 1, 0, 0])
    assert comparison.beyond_noise is None  # one row each
    with pytest.raises(InvalidInputError, match="`top_k`"):
        compared(a, b, top_k=-1)


def test_identical_explanations_agree_in_all():
    rows = np.random.default_rng(0).normal(size=(30, 4))
    comparison = compared(of(rows), of(rows[:, ::-1], NAMES[::-1]))
    assert (comparison.kendall_tau, comparison.top_k_overlap) == (1, 1)
    assert comparison.ndcg == pytest.approx(1)
    np.testing.assert_allclose(comparison.share_difference, 0, atol=1e-15)
    assert not comparison.beyond_noise.any()
    assert comparison.only_a == comparison.only_b == ()


def test_the_other_way_round_differences_turn():
    rng = np.random.default_rng(0)
    a, b = of(rng.normal(size=(30, 3))), of(rng.normal(size=(20, 4)))
    one, other = compared(a, b), compared(b, a)
    for name in ("kendall_tau", "ndcg", "top_k_overlap", "top_k"):
        assert getattr(one, name) == pytest.approx(getattr(other, name))
    assert (one.ndcg_a, one.only_b) == (other.ndcg_b, other.only_a)
    assert by_name(one, "share_difference") == pytest.approx(
        {k: -v for k, v in by_name(other, "share_difference").items()}
    )
    assert by_name(one, "share_difference_standard_error") == pytest.approx(
        by_name(other, "share_difference_standard_error")
    )


def test_a_feature_only_one_has_counts_as_0_in_the_other():
    comparison = compared(of([[3, 2, 1]]), of([[3, 2, 5]], ("age", "income", "new")))
    assert (comparison.only_a, comparison.only_b) == (("job",), ("new",))
    assert by_name(comparison, "difference") == {"age": 0, "income": 0, "job": -1, "new": 5}
    table = comparison.to_frame().set_index("feature")
    assert table.loc["new", "rank_b"] == 1
    assert table.loc["new", ["rank_a", "rank_change"]].isna().all()
    # Of age, income, job and new, 3 2 1 0 and 3 2 0 5.
    assert comparison.kendall_tau == (3 - 3) / 6
    with pytest.raises(FeatureError, match=r"1 and 2 others \(age and x, y\)"):
        compared(of([[1]]), of([[1, 2]], ("x", "y")))


def test_doubled_names_are_matched_in_order():
    comparison = compared(of([[2, 1]], ("x", "x")), of([[2, 3]], ("x", "x")))
    assert comparison.features == ("x", "x")
    assert sorted(comparison.difference) == [0, 2]


def test_units_that_differ_are_not_subtracted():
    odds = of([[4, 1]], output_space="log-odds", classes=["no", "yes"])
    chance = replace(odds, output_space="probability")
    comparison = compared(odds, chance)
    assert not comparison.same_unit
    assert np.isnan(comparison.difference).all()
    assert comparison.difference_standard_error is None
    np.testing.assert_array_equal(comparison.share_difference, [0, 0])
    assert "Units differ (mean |importance| (log-odds); mean |importance| (probability))" in (
        comparison.in_words()
    )
    margins = [of([[1, 2]], output_space="margin", model_type=name) for name in ("SVC", "XGB")]
    assert not compared(*margins).same_unit
    assert compared(margins[0], margins[0]).same_unit
    assert "scores of SVC and XGB" in compared(*margins).in_words()


def test_permutation_importance_has_shares_of_what_is_above_0():
    comparison = compared(permuted([0.3, 0.1, -0.1, np.nan]), of([[2, 1, 1, 1]]))
    np.testing.assert_allclose(
        [by_name(comparison, "share_a")[name] for name in NAMES[:3]], [0.75, 0.25, 0]
    )
    assert np.isnan(by_name(comparison, "share_a")["zip"])
    assert comparison.share_difference_standard_error is None
    assert 0 <= comparison.ndcg <= 1
    assert comparison.only_a == ()
    json.dumps(comparison.to_dict(), allow_nan=False)


def test_what_was_left_out_is_not_known_and_its_sum_counts_in_shares():
    rows = np.random.default_rng(0).normal(size=(40, 4)) * [8, 4, 2, 1]
    whole = of(rows)
    comparison = compared(whole.top(2), whole)
    assert comparison.kendall_tau == pytest.approx(1)
    assert comparison.ndcg_a == pytest.approx(1)
    assert comparison.top_k == 2
    assert (comparison.only_a, comparison.only_b) == ((), ())
    np.testing.assert_allclose(comparison.share_difference, [0, 0, np.nan, np.nan], atol=1e-15)
    np.testing.assert_allclose(comparison.difference, [0, 0, np.nan, np.nan], atol=1e-15)
    assert comparison.a.other_share == pytest.approx(comparison.b.share[2:].sum())
    assert np.isnan(comparison.difference_standard_error[2:]).all()
    assert comparison.share_difference_standard_error is None
    assert "keeps its 2 most important features only; 2 others have" in comparison.in_words()
    json.dumps(comparison.to_dict(), allow_nan=False)


def resampled(a, b, draw):
    """Return importance and share differences of resamples of two tables of |values|."""
    made = []
    for _ in range(3000):
        first, second = draw()
        means = a[first].mean(axis=0), b[second].mean(axis=0)
        made.append([means[1] - means[0], means[1] / means[1].sum() - means[0] / means[0].sum()])
    return np.std(made, axis=0)


@pytest.mark.parametrize("same", [True, False])
def test_standard_errors_are_those_of_a_bootstrap(same):
    rng = np.random.default_rng(3)
    shared = rng.normal(size=(60, 3)) * [3, 2, 1]
    others = shared + rng.normal(size=(60, 3)) * 0.3
    data = rng.normal(size=(60, 2))
    kept = [EvaluatedRows(data, np.arange(60)), EvaluatedRows(data.copy(), np.arange(60))]
    a, b = of(shared, rows=kept[0] if same else None), of(others, rows=kept[1])
    comparison = compared(a, b)
    assert comparison.same_rows is same

    def draw():
        first = rng.integers(60, size=60)
        return first, first if same else rng.integers(60, size=60)

    expected = resampled(np.abs(shared), np.abs(others), draw)
    assert comparison.features == NAMES[:3]
    np.testing.assert_allclose(comparison.difference_standard_error, expected[0], rtol=0.1)
    np.testing.assert_allclose(comparison.share_difference_standard_error, expected[1], rtol=0.1)
    spread = np.abs(shared).std(axis=0) / np.sqrt(60)
    np.testing.assert_allclose(comparison.a.standard_error, spread)


def test_noise_is_told_from_a_difference():
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(400, 3)) * [3, 2, 1]
    again, other = rng.normal(size=(400, 3)) * [3, 2, 1], rng.normal(size=(400, 3)) * [1, 2, 3]
    assert not compared(of(rows), of(again)).beyond_noise.any()
    assert by_name(compared(of(rows), of(other)), "beyond_noise") == {
        "age": True, "income": False, "job": True
    }  # fmt: skip


def test_rows_are_the_same_by_ids_and_what_both_have_of_them():
    frame = pd.DataFrame({"x": [1.0, np.nan], "y": ["u", "v"]}, index=[4, 7])
    wider = frame.assign(z=1)

    def same(a, b):
        rows = [EvaluatedRows(each, getattr(each, "index", np.arange(2))) for each in (a, b)]
        return compared(*(of([[1, 2], [3, 1]], rows=each) for each in rows)).same_rows

    assert same(frame, frame)
    assert same(frame, wider)
    assert not same(frame, frame.assign(x=0.0))
    assert not same(frame, frame.set_index(np.array([1, 2])))
    assert not same(frame[["x"]], frame[["y"]])
    numbers = np.array([[1.0, np.nan], [0, 1]])
    assert same(numbers, numbers.copy())
    assert not same(numbers, numbers + 1)


def test_raw_is_compared_with_raw():
    fold = FeatureMap.from_matrix(np.array([[1.0, 0], [1, 0], [0, 1]]))
    engineered = of([[1, 2, 5]], ("job=a", "job=b", "age"), kind="engineered", feature_map=fold,
                    raw_features=("job", "age"))  # fmt: skip
    raw = of([[3, 4]], ("job", "age"))
    assert by_name(compared(engineered, raw), "difference") == {"job": 0, "age": -1}
    both = replace(raw, engineered=engineered)
    table = by_name(compared(both, engineered, engineered=True), "difference")
    assert table == {"age": 0, "job=b": 0, "job=a": 0}
    with pytest.raises(InvalidInputError, match="raw and engineered"):
        compared(raw, replace(engineered, feature_map=None))


def test_what_a_user_sees():
    comparison = compared(of([[4, 3]]), of([[1, 3]]), names=("old <b>", "new | *x*"))
    assert repr(comparison) == (
        "<Comparison old <b> / new | *x*: Kendall tau -1.000, NDCG 0.867, overlap of top 2 1.000; "
        "2 features>"
    )
    told = comparison.to_dict()
    json.dumps(told, allow_nan=False)
    assert told["a"]["name"] == "old <b>"
    assert told["features"][0]["feature"] == "income"
    assert told["features"][0]["difference_standard_error"] is None
    assert told["features"][0]["beyond_noise"] is None
    assert (
        told["features"][1] | {"difference": -3.0, "rank_a": 1, "rank_b": 2} == told["features"][1]
    )
    assert isinstance(comparison, Comparison)
    html = comparison._repr_html_()
    assert "old &lt;b&gt;" in html
    assert "old <b>" not in html
    nothing = compared(of([[0, 0]]), of([[0, 0]]))
    assert (nothing.kendall_tau, nothing.ndcg, nothing.top_k_overlap) == (None, None, None)
    assert "no order can be compared" in nothing.in_words()
    json.dumps(nothing.to_dict(), allow_nan=False)
