"""Every kind of rows and names that users pass, through the public API."""

from __future__ import annotations

import copy

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import shap
from lightgbm import LGBMClassifier, LGBMRegressor
from scipy import sparse
from shap.utils._legacy import DenseData
from sklearn.compose import make_column_transformer
from sklearn.ensemble import VotingRegressor
from sklearn.linear_model import LinearRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from mlflow_explain import KernelExplainer, LinearExplainer, TabularExplainer, TreeExplainer
from mlflow_explain.errors import FeatureError, InvalidInputError
from tests.small import FRAME, LABELS, NUMBERS, ROWS


def same(explainer, found_for, expected_for):
    found, expected = explainer.explain_local(found_for), explainer.explain_local(expected_for)
    np.testing.assert_allclose(
        found.local_importance_values, expected.local_importance_values, atol=1e-12
    )
    return found


SPARSE = [sparse.csr_matrix, sparse.csr_array, sparse.csc_matrix, sparse.csc_array,
          sparse.coo_matrix, sparse.coo_array, sparse.lil_matrix]  # fmt: skip


@pytest.mark.parametrize("kind", SPARSE, ids=lambda kind: kind.__name__)
def test_sparse_rows_of_any_format(on_arrays, kind):
    rows = kind(np.where(np.abs(ROWS) > 1, ROWS, 0))
    before = copy.deepcopy(rows)
    for family in (TabularExplainer, KernelExplainer):
        explainer = family(on_arrays, rows)
        found = same(explainer, rows, rows.toarray())
        assert found.eval_data.format == "csr"
        same(explainer, rows.tocsr()[0], rows.toarray()[0])
    assert type(rows) is kind
    assert (rows != before).nnz == 0


@pytest.mark.parametrize(
    "row",
    [ROWS[4], ROWS[4].tolist(), tuple(ROWS[4]), pd.Series(ROWS[4]), FRAME.iloc[4], ROWS[4:5],
     ROWS[4:5].tolist(), dict(FRAME.iloc[4]), [dict(FRAME.iloc[4])]],
    ids=["array", "list", "tuple", "series", "labelled", "2-d", "list of one", "dict", "dicts"],
)  # fmt: skip
def test_one_row(on_arrays, on_frames, row):
    named = TabularExplainer(on_arrays, ROWS, features=["a", "b", "c"])
    assert same(named, row, ROWS[4:5]).local_importance_values.shape == (2, 1, 3)
    unnamed = isinstance(row, pd.Series) and list(row.index) == [0, 1, 2]
    if not unnamed:
        same(TabularExplainer(on_frames, FRAME), row, FRAME.iloc[[4]])


def test_rows_by_name_may_come_in_any_order(on_frames):
    explainer = TabularExplainer(on_frames, FRAME.to_dict("records"))
    assert explainer.features == ("a", "b", "c")
    records = FRAME[["c", "a", "b"]].to_dict("records")
    same(explainer, records, FRAME)
    with pytest.raises(FeatureError, match="without b"):
        explainer.explain_local([{"a": 1.0, "c": 2.0}])
    with pytest.raises(InvalidInputError, match="several in a, b, c"):
        explainer.explain_local(FRAME.to_dict("list"))


def test_lists_keep_numbers_words_and_gaps_apart():
    rows = FRAME.assign(word=np.where(LABELS, "x", "y"))
    rows.loc[0, "word"] = None
    seen = []

    def function(given):
        seen.append(given)
        return given["a"].to_numpy() * (given["word"] == "x")

    explainer = KernelExplainer(function, rows)
    given = [[1.5, 2, 3, "x"], [0.5, np.nan, 1, np.nan], (1, 2, 3, "y")]
    found = explainer.explain_local(given)
    assert found.eval_data["word"].isna().tolist() == [False, True, False]
    pd.testing.assert_series_equal(found.eval_data.dtypes, rows.dtypes)
    with pytest.raises(InvalidInputError, match="same length"):
        explainer.explain_local([[1, 2, 3, "x"], [1]])


def test_tables_of_arrow_and_what_has_to_pandas(on_frames):
    table = pa.Table.from_pandas(FRAME, preserve_index=False)

    class Interchange:
        """A stand-in for polars, whose DataFrame has this method, too."""

        def to_pandas(self):
            return FRAME

    explainer = TabularExplainer(on_frames, table)
    for given in (table, table.to_batches()[0], Interchange()):
        same(explainer, given, FRAME)


def test_masked_cells_are_missing_and_complex_ones_are_refused():
    forest = LGBMClassifier(n_estimators=3, verbose=-1).fit(ROWS, LABELS)
    explainer = TabularExplainer(forest, ROWS)
    same(explainer, np.ma.masked_greater(ROWS, 1), np.where(ROWS > 1, np.nan, ROWS))
    with pytest.raises(InvalidInputError, match="complex"):
        explainer.explain_local(ROWS.astype(complex))


def test_nullable_columns_and_categories_are_never_coerced():
    rows = pd.DataFrame(
        {
            "i": pd.array(np.resize([1, 2, None], 90), dtype="Int64"),
            "f": pd.array(np.resize([0.5, None, 1.5, 2], 90), dtype="Float64"),
            "t": pd.array(np.resize([True, None, False, True, False], 90), dtype="boolean"),
            "k": pd.Categorical(np.resize(["u", "v", None], 90)),
        }
    )
    before = rows.copy()
    model = LGBMClassifier(n_estimators=5, verbose=-1, min_child_samples=5).fit(rows, LABELS)
    for family in (TreeExplainer, KernelExplainer):
        found = family(model, rows).explain_local(rows)
        pd.testing.assert_series_equal(found.eval_data.dtypes, before.dtypes)
        np.testing.assert_array_equal(found.eval_y_predicted_proba, model.predict_proba(rows))
        assert found.quality["additivity_error_max"] <= 1e-9
    pd.testing.assert_frame_equal(rows, before)


DAYS = pd.date_range("2024-01-01", periods=90, freq="D")
TIMES = {
    "datetime": DAYS,
    "with zone": DAYS.tz_localize("UTC"),
    "timedelta": DAYS - DAYS[0],
    "period": DAYS.to_period("D"),
    "objects": np.array(DAYS.to_pydatetime(), dtype=object),
    "dates": np.array(DAYS.date, dtype=object),
}


@pytest.mark.parametrize("name", list(TIMES))
@pytest.mark.parametrize("family", [TabularExplainer, KernelExplainer, LinearExplainer])
def test_times_are_refused_by_name_where_a_model_takes_numbers(name, family):
    rows = FRAME.assign(when=pd.Series(TIMES[name]))
    model = LinearRegression().fit(FRAME.assign(when=range(90)), NUMBERS)
    with pytest.raises(InvalidInputError, match="dates or times in column when"):
        family(model, rows)
    # Alone it would pass for numbers, in whatever unit it is kept.
    alone = LinearRegression().fit(pd.DataFrame({"when": range(90)}), NUMBERS)
    with pytest.raises(InvalidInputError, match="in column when"):
        family(alone, rows[["when"]])


def test_times_among_rows_to_explain_are_refused_by_name():
    rows = pd.DataFrame({"when": range(90)})
    explainer = TabularExplainer(LinearRegression().fit(rows, NUMBERS), rows)
    with pytest.raises(InvalidInputError, match="numbers in column when"):
        explainer.explain_local(pd.DataFrame({"when": DAYS}))
    times = np.column_stack([DAYS, DAYS])
    with pytest.raises(InvalidInputError, match="in column p, q"):
        TabularExplainer(LinearRegression().fit(ROWS[:, :2], NUMBERS), times, features=["p", "q"])


@pytest.mark.parametrize("estimator", [LinearRegression(), LGBMRegressor(verbose=-1)])
def test_times_that_a_pipeline_reads_are_explained(estimator):
    rows = pd.DataFrame({"when": DAYS, "a": ROWS[:, 0]})
    target = rows["when"].dt.day_of_week + rows["a"]
    parts = FunctionTransformer(
        lambda given: np.column_stack([given["when"].dt.day_of_week, given["when"].dt.day]),
        feature_names_out=lambda _, names: [*names, "day"],
    )
    steps = make_column_transformer((parts, ["when"]), remainder="passthrough")
    model = make_pipeline(steps, estimator).fit(rows, target)
    found = TabularExplainer(model, rows).explain_global(rows)
    assert found.method in {"linear", "tree"}
    assert found.features == ("when", "a")
    assert found.global_importance_values[0] > 0.3
    asked = KernelExplainer(model, rows).explain_local(rows.head(3))
    assert asked.quality["additivity_error_max"] <= 1e-9
    function = KernelExplainer(lambda given: given["when"].dt.day * given["a"], rows)
    assert function.explain_local(rows.iloc[3]).local_importance_values.shape == (1, 2)
    both = VotingRegressor([("one", model)]).fit(rows, target)
    assert KernelExplainer(both, rows.head(5)).explain_local(rows.head(1)).num_features == 2


def test_dense_data_of_shap_counts_its_rows_by_their_weights(on_arrays, on_frames):
    summary = shap.kmeans(ROWS, 7)
    explainer = TabularExplainer(on_arrays, summary)
    assert explainer.background.n_rows == 100
    found = explainer.explain_local(ROWS)
    # Weights of ninety rows, in hundredths.
    mean = np.average(on_arrays.decision_function(summary.data), weights=summary.weights)
    assert found.expected_values[1] == pytest.approx(mean, abs=0.02)
    own = on_arrays.decision_function(explainer.subject.template.data).mean()
    assert found.expected_values[1] == pytest.approx(own, abs=1e-12)
    named = shap.kmeans(FRAME, 7)
    assert TabularExplainer(on_frames, named).features == ("a", "b", "c")


def test_dense_data_without_weights_is_its_rows(on_arrays):
    plain = DenseData(ROWS, ["p", "q", "r"])
    explainer = TabularExplainer(on_arrays, DenseData(ROWS, ["0", "1", "2"]))
    assert explainer.background.n_rows == 90
    same(explainer, DenseData(ROWS, ["0", "1", "2"]), ROWS)
    # Rows to explain are explained once each, whatever their weights.
    weighted = DenseData(ROWS[:3], ["0", "1", "2"], None, np.array([1.0, 2.0, 3.0]))
    same(explainer, weighted, ROWS[:3])
    assert KernelExplainer(lambda given: given["p"], plain).features == ("p", "q", "r")
    transposed = DenseData(ROWS[:7].T, ["0", "1", "2"], None, np.ones(7))
    same(explainer, transposed, ROWS[:7])
    grouped = DenseData(ROWS, ["ab", "c"], [np.array([0, 1]), np.array([2])])
    with pytest.raises(InvalidInputError, match="2 groups of 3 columns"):
        TabularExplainer(on_arrays, grouped)


@pytest.mark.parametrize("kind", [list, tuple, np.array, pd.Index, pd.Series])
def test_names_of_features_and_classes(on_arrays, kind):
    names, classes = kind(["a", "b", "c"]), kind(["no", "yes"])
    by_keyword = TabularExplainer(on_arrays, ROWS, features=names, classes=classes)
    by_position = TabularExplainer(on_arrays, ROWS, None, names, classes)
    for explainer in (by_keyword, by_position):
        found = explainer.explain_local(ROWS[:2])
        assert found.features == ("a", "b", "c")
        assert found.classes == ("no", "yes")
    some = TabularExplainer(on_arrays, ROWS, ["c", 0], names).explain_local(ROWS[:2])
    assert some.features == ("c", "a")


def test_names_stay_what_they_are(on_arrays):
    found = TabularExplainer(on_arrays, ROWS, classes=[0, "one"]).explain_local(ROWS[0])
    assert found.classes == (0, "one")
    with pytest.raises(FeatureError, match="list of feature names"):
        TabularExplainer(on_arrays, ROWS, features="abc")
    with pytest.raises(InvalidInputError, match="list of class names"):
        TabularExplainer(on_arrays, ROWS, classes="ny")
    with pytest.raises(FeatureError, match=r"3 feature names.*got 2"):
        TabularExplainer(on_arrays, ROWS, features=["a", "b"])


def test_fewer_rows_stand_for_the_examples():
    mixed = FRAME.assign(word=np.where(LABELS, "x", "y"), day=DAYS)
    mixed.loc[::7, ["a", "word", "day"]] = None

    def function(given):
        return given["b"] * (given["word"] == "x")

    explainer = KernelExplainer(function, mixed, nclusters=12)
    assert (explainer.background.method, explainer.background.n_rows) == ("kmeans", 12)
    kept = explainer.subject.template.data
    pd.testing.assert_frame_equal(kept, mixed.loc[kept.index])
    found = explainer.explain_local(mixed.head(3))
    assert found.expected_values[0] == pytest.approx(function(kept).mean())
    again = KernelExplainer(function, mixed, nclusters=12).subject.template.data
    pd.testing.assert_frame_equal(again, kept)
    model = KNeighborsRegressor().fit(ROWS, NUMBERS)
    more = KernelExplainer(model, np.repeat(ROWS[:3], 20, axis=0), nclusters=10)
    assert more.background.n_rows == 3
    assert KernelExplainer(model, ROWS, nclusters=200).background.method == "all"
    thin = sparse.csr_array(np.where(np.abs(ROWS) > 1, ROWS, 0))
    assert (
        KernelExplainer(LinearRegression().fit(thin, NUMBERS), thin, nclusters=5).background.n_rows
        == 5
    )
    for wrong in (0, 1.5, "ten"):
        with pytest.raises(InvalidInputError, match="nclusters to be a whole number of at least 1"):
            KernelExplainer(model, ROWS, nclusters=wrong)
