"""Explanations of values computed elsewhere: layouts, shap's and interpret's own objects."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.datasets import load_iris

from mlflow_explain import TabularExplainer, load_explanation, save_explanation
from mlflow_explain.errors import (
    FeatureError,
    InvalidInputError,
    LengthMismatchError,
    MissingPartError,
)
from mlflow_explain.explainers.adapter import ExplanationAdapter

ROWS, FEATURES, CLASSES = 4, 3, ("a", "b", "c", "d", "e")
NAMES = ["x", "y", "z"]


@pytest.fixture
def cube(rng):
    """Attributions (n_rows, n_features, n_classes)."""
    return rng.normal(size=(ROWS, FEATURES, len(CLASSES)))


def test_a_regression(rng):
    values = rng.normal(size=(ROWS, FEATURES))
    frame = pd.DataFrame(rng.normal(size=(ROWS, FEATURES)), columns=NAMES, index=list("pqrs"))
    made = ExplanationAdapter(method="elsewhere", model_type="Net").create_local(
        values, frame, 0.5, predictions=[1, 2, 3, 4]
    )
    np.testing.assert_array_equal(made.local_importance_values, values)
    np.testing.assert_array_equal(made.expected_values, [0.5])
    np.testing.assert_array_equal(made.global_importance_values, np.abs(values).mean(axis=0))
    assert (made.features, made.classes, made.num_classes) == (tuple(NAMES), None, 1)
    assert (made.method, made.model_type, made.model_task) == ("elsewhere", "Net", "regression")
    assert (made.output_space, made.feature_perturbation) == ("raw", None)
    assert list(made.to_frame().index) == list("pqrs")
    assert list(made.eval_y_predicted) == [1, 2, 3, 4]
    assert values.flags.writeable


@pytest.mark.parametrize(
    "layout",
    [
        lambda cube: np.moveaxis(cube, 2, 0),
        lambda cube: cube,
        lambda cube: list(np.moveaxis(cube, 2, 0)),
        lambda cube: [sparse.csr_matrix(part) for part in np.moveaxis(cube, 2, 0)],
    ],
    ids=["classes first", "classes last", "list", "list of csr"],
)
def test_layouts_of_several_classes(cube, layout):
    base = np.arange(5.0)
    adapter = ExplanationAdapter(NAMES, classification=True, classes=CLASSES)
    made = adapter.create_local(layout(cube), np.zeros((ROWS, FEATURES)), base)
    np.testing.assert_array_equal(made.local_importance_values, np.moveaxis(cube, 2, 0))
    np.testing.assert_array_equal(made.expected_values, base)
    assert made.classes == CLASSES
    assert made.output_space == "margin"
    per_class = np.abs(cube).mean(axis=0).T
    np.testing.assert_allclose(made.per_class_values, per_class)


def test_sizes_tell_the_axes_and_the_open_question_is_said():
    cube = np.arange(27.0).reshape(3, 3, 3)
    adapter = ExplanationAdapter(NAMES, classification=True)
    with pytest.raises(InvalidInputError, match=r"\(n_rows, n_features, n_classes\).*both.*a list"):
        adapter.create_local(cube, np.zeros((3, 3)))
    made = adapter.create_local(list(cube))
    np.testing.assert_array_equal(made.local_importance_values, cube)
    wide = np.arange(42.0).reshape(2, 7, 3)  # 2 classes, 7 rows; 3 features are known
    assert adapter.create_local(wide).local.values.shape == (7, 3, 2)
    with pytest.raises(InvalidInputError, match=r"3 features.*shape \(2, 7, 5\)"):
        adapter.create_local(np.zeros((2, 7, 5)))


def test_a_binary_margin_is_that_of_the_second_class(rng):
    values = rng.normal(size=(ROWS, FEATURES))
    adapter = ExplanationAdapter(classification=True, classes=["no", "yes"])
    alone = adapter.create_local(values, expected_values=0.25)
    both = adapter.create_local([-values, values], expected_values=[-0.25, 0.25])
    mixed = adapter.create_local(values, expected_values=[-0.25, 0.25])
    for made in (alone, both, mixed):
        np.testing.assert_array_equal(made.local_importance_values, [-values, values])
        np.testing.assert_array_equal(made.expected_values, [-0.25, 0.25])
        assert made.local.n_outputs == 1  # inside, a binary margin is one output
    again = adapter.create_local(
        alone.local_importance_values, expected_values=alone.expected_values
    )
    np.testing.assert_array_equal(again.local.values, alone.local.values)


def test_a_probability_of_two_classes_adds_up_to_one(rng):
    values = rng.normal(size=(ROWS, FEATURES))
    adapter = ExplanationAdapter(classification=True, output_space="probability")
    made = adapter.create_local(values, expected_values=0.7)
    np.testing.assert_array_equal(made.local_importance_values, [-values, values])
    np.testing.assert_allclose(made.expected_values, [0.3, 0.7])
    assert made.classes == (0, 1)


def test_several_targets_and_one_row():
    made = ExplanationAdapter().create_local([np.eye(2), np.ones((2, 2))])
    assert made.model_task == "regression"
    assert made.local.n_outputs == 2
    assert ExplanationAdapter().create_local([1.0, -2.0]).local.values.shape == (1, 2, 1)
    row = ExplanationAdapter(["a", "b"]).create_local(np.array([1.0, -2.0]), [5.0, 6.0])
    assert row.get_ranked_local_names() == [["a", "b"]]


def test_one_importance_per_feature_is_of_all_rows_together(tmp_path):
    adapter = ExplanationAdapter(NAMES, classification=True, method="gain")
    for given in (np.array([0.1, 0.7, 0.2]), [0.1, 0.7, 0.2], pd.Series([0.1, 0.7, 0.2])):
        made = adapter.create_global(given, np.eye(3), predictions=[0, 1, 1])
        assert made.get_feature_importance_dict() == {"y": 0.7, "z": 0.2, "x": 0.1}
        assert (made.global_measure, made.local, made.output_space) == ("importance", None, None)
        assert made.num_examples == 3
    again = load_explanation(save_explanation(made, tmp_path / "kept"))
    assert again.get_ranked_global_names() == ["y", "z", "x"]
    with pytest.raises(MissingPartError, match="gain: one importance per feature"):
        _ = again.local_importance_values
    assert adapter.create_global(np.array([np.nan, 1.0, 2.0])).quality == {"non_finite_values": 1.0}
    with pytest.raises(InvalidInputError, match="no expected_values"):
        adapter.create_global([0.1, 0.7, 0.2], expected_values=0.5)
    with pytest.raises(InvalidInputError, match="importances of 3 features"):
        adapter.create_global([0.1, 0.7])


def test_without_local_values_sums_are_those_of_all_rows(cube):
    parts = [sparse.csr_matrix(part) for part in np.moveaxis(cube, 2, 0)]
    adapter = ExplanationAdapter(NAMES, classification=True)
    made = adapter.create_global(parts, include_local=False, batch_size=3)
    whole = adapter.create_global(parts)
    assert made.local is None
    np.testing.assert_allclose(made.global_importance_values, whole.global_importance_values)
    np.testing.assert_allclose(made.per_class_values, whole.per_class_values)
    mirrored = [np.eye(3), -np.eye(3)]
    made = adapter.create_global(mirrored, include_local=False, batch_size=1)
    np.testing.assert_allclose(made.global_importance_values, [1 / 3] * 3)


def test_what_is_no_number_stays_so_and_is_counted(tmp_path):
    values = np.array([[1.0, np.nan, 0.0], [2.0, 3.0, np.inf]])
    made = ExplanationAdapter(NAMES).create_local(values, np.zeros((2, 3)))
    np.testing.assert_array_equal(made.local_importance_values, values)
    np.testing.assert_array_equal(made.global_importance_values, [1.5, np.nan, np.inf])
    assert made.get_ranked_global_names() == ["z", "x", "y"]
    assert made.quality["non_finite_values"] == 2
    assert np.isnan(made.expected_values).all()
    told = json.loads(json.dumps(made.to_dict(), allow_nan=False))
    assert told["local_importance_values"] == [[1.0, None, 0.0], [2.0, 3.0, None]]
    assert told["expected_values"] == [None]
    again = load_explanation(save_explanation(made, tmp_path / "kept"))
    np.testing.assert_array_equal(again.local_importance_values, values)
    for kind in ("bar", "beeswarm", "dependence"):
        made.plot(kind).savefig(tmp_path / "picture.png")
    with pytest.raises(MissingPartError, match="expected_values"):
        made.plot("waterfall")
    assert "nan" not in made._repr_html_()


@pytest.mark.parametrize(
    ("values", "rows", "expected", "match"),
    [
        (np.zeros((4, 2)), None, None, r"3 features.*shape \(4, 2\)"),
        (np.zeros((4, 3)), np.zeros((5, 3)), None, r"5 rows, 3 features.*\(4, 3\)"),
        ([np.zeros((4, 3)), np.zeros((2, 3))], None, None, r"\(2, 3\), \(4, 3\)"),
        (np.zeros((1, 2, 3, 4)), None, None, "4 axes"),
        ([["a"]], None, None, "arrays of numbers"),
        (np.zeros((4, 3)), None, [1.0, 2.0, 3.0], r"\(1,\).*shape \(3,\)"),
        (np.zeros((4, 3)), None, [0.0, 0.0, 0.0, 1.0], "differ between rows"),
        (np.zeros((4, 3)), np.zeros((4, 2)), None, "2 feature names"),
    ],
)
def test_shapes_that_do_not_fit(values, rows, expected, match):
    if rows is not None and rows.shape[1] == 2:
        match = "3"
    with pytest.raises(InvalidInputError, match=match):
        ExplanationAdapter(NAMES).create_local(values, rows, expected)


def test_options_are_checked():
    with pytest.raises(InvalidInputError, match="log-odds"):
        ExplanationAdapter(output_space="logit")
    with pytest.raises(InvalidInputError, match="batch_size"):
        ExplanationAdapter().create_global(np.zeros((2, 2)), batch_size=0)
    with pytest.raises(InvalidInputError, match=r"3 classes.*2 array"):
        ExplanationAdapter(classes=["a", "b", "c"]).create_local([np.eye(2), np.eye(2)])
    with pytest.raises(InvalidInputError, match="evaluation_examples"):
        ExplanationAdapter().create_local(np.eye(2), predictions=[1, 2])
    with pytest.raises(LengthMismatchError, match="predicted"):
        ExplanationAdapter().create_local(np.eye(2), np.eye(2), predictions=[1])


def test_getters_and_the_folder(cube, tmp_path, rng):
    rows = sparse.csr_matrix(rng.normal(size=(ROWS, FEATURES)))
    adapter = ExplanationAdapter(NAMES, classes=CLASSES, output_space="log-odds")
    made = adapter.create_global(cube, rows, np.zeros(5), probabilities=np.full((ROWS, 5), 0.2))
    again = load_explanation(save_explanation(made, tmp_path / "kept"))
    for name in ("get_ranked_global_names", "get_feature_importance_dict", "to_dict",
                 "get_ranked_per_class_names", "get_ranked_per_class_values",
                 "get_local_importance_rank", "get_ranked_local_names"):  # fmt: skip
        assert getattr(made, name)() == getattr(again, name)()
    assert (again.eval_data != rows).nnz == 0
    np.testing.assert_array_equal(again.eval_y_predicted_proba, 0.2)


# -- shap's own value -----------------------------------------------------------------------


def assert_same(found, expected):
    np.testing.assert_array_equal(found.values, expected.values)
    np.testing.assert_array_equal(found.base_values, expected.base_values)
    np.testing.assert_array_equal(found.data, expected.data)
    assert found.feature_names == expected.feature_names
    assert found.output_names == expected.output_names


def test_shap_and_back(explanation, iris, iris_boosting):
    multi = TabularExplainer(iris_boosting, iris[0]).explain_global(iris[0])
    for made in (explanation, multi):
        theirs = made.to_shap()
        ours = ExplanationAdapter(classes=made.classes).create_local(theirs)
        np.testing.assert_array_equal(ours.local.values, made.local.values)
        np.testing.assert_array_equal(ours.expected_values, made.expected_values)
        assert ours.features == made.features
        assert_same(ours.to_shap(), theirs)


def test_shap_of_sparse_rows_and_of_some_features(explainer, applications, tmp_path):
    rows = sparse.csr_matrix(np.eye(3))
    made = ExplanationAdapter(NAMES).create_local(np.ones((3, 3)), rows, 1.0)
    np.testing.assert_array_equal(made.to_shap().data, np.eye(3))
    some = TabularExplainer(
        explainer.subject.whole.model, applications.train, explain_subset=["lvr", "dir"]
    ).explain_local(applications.test[:5])
    np.testing.assert_array_equal(some.to_shap().data, applications.test[:5][["lvr", "dir"]])


def test_every_shape_of_a_shap_explanation(cube):
    import shap

    base = np.arange(5.0)
    rows = np.zeros((ROWS, FEATURES))
    whole = shap.Explanation(
        cube, np.tile(base, (ROWS, 1)), rows, feature_names=NAMES, output_names=list(CLASSES)
    )
    adapter = ExplanationAdapter(classification=True)
    made = adapter.create_local(whole)
    np.testing.assert_array_equal(made.local.values, cube)
    assert made.classes == CLASSES
    one_row = adapter.create_local(whole[1])
    np.testing.assert_array_equal(one_row.local.values, cube[1:2])
    np.testing.assert_array_equal(one_row.expected_values, base)
    one_class = ExplanationAdapter().create_local(whole[:, :, 2])
    np.testing.assert_array_equal(one_class.local.values[:, :, 0], cube[:, :, 2])
    np.testing.assert_array_equal(one_class.expected_values, [2.0])
    scalar = shap.Explanation(cube[:, :, 0], 0.5, rows, feature_names=NAMES)
    np.testing.assert_array_equal(ExplanationAdapter().create_local(scalar).expected_values, [0.5])
    single = shap.Explanation(cube[0, :, 0], 0.5, feature_names=NAMES)
    assert ExplanationAdapter().create_local(single).local.values.shape == (1, FEATURES, 1)
    between = shap.Explanation(cube[:, :, 0], np.arange(4.0), rows, feature_names=NAMES)
    with pytest.raises(InvalidInputError, match="differ between rows"):
        ExplanationAdapter().create_local(between)
    with pytest.raises(InvalidInputError, match="interaction values"):
        adapter.create_local(shap.Explanation(np.zeros((2, 3, 3, 2))))


def test_shaps_own_explainer(iris):
    import shap
    from sklearn.ensemble import RandomForestClassifier

    rows, labels = iris
    forest = RandomForestClassifier(5, random_state=0).fit(rows, labels)
    theirs = shap.TreeExplainer(forest)(rows[:6])
    adapter = ExplanationAdapter(classes=[0, 1, 2], output_space="probability")
    made = adapter.create_local(theirs, rows[:6])
    ours = TabularExplainer(forest, rows).explain_local(rows[:6])
    np.testing.assert_allclose(
        made.local_importance_values, ours.local_importance_values, atol=1e-8
    )
    np.testing.assert_allclose(made.local.outputs(), forest.predict_proba(rows[:6]), atol=1e-8)
    assert made.features == tuple(rows.columns)


# -- interpret ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def boosting():
    """Fit explainable boosting machines: two classes with a pair of columns, three, numbers."""
    glassbox = pytest.importorskip("interpret.glassbox")
    rows, labels = load_iris(return_X_y=True, as_frame=True)
    rows = rows.set_axis(["length", "width", "petal & length", "petal width"], axis=1)
    kind = np.where(rows["width"] > 3.0, "wide", "narrow")
    small = {"outer_bags": 2, "max_rounds": 30, "n_jobs": 1}
    classifier, regressor = (
        glassbox.ExplainableBoostingClassifier, glassbox.ExplainableBoostingRegressor,
    )  # fmt: skip
    two = np.where(labels == 1, "good", "bad")
    return rows, {
        "binary": classifier(interactions=[(0, 2)], **small).fit(rows, two),
        "multi": classifier(interactions=0, **small).fit(rows, labels),
        "words": regressor(interactions=[(0, 4)], **small).fit(
            rows.assign(kind=kind), rows["petal width"] + labels
        ),
        "counts": regressor(objective="poisson_deviance", interactions=0, **small).fit(
            rows, labels
        ),
    }


@pytest.mark.parametrize(
    ("name", "space"),
    [("binary", "log-odds"), ("multi", "margin"), ("words", "raw"), ("counts", "margin")],
)
def test_boosting_machines_and_their_explanations(boosting, name, space):
    rows, models = boosting
    model = models[name]
    rows = rows[::15]
    if name == "words":
        rows = rows.assign(kind=np.where(rows["width"] > 3.0, "wide", "narrow"))
    fitted = ExplanationAdapter().create_local(model, rows)
    told = ExplanationAdapter().create_local(model.explain_local(rows))
    for made in (fitted, told):
        assert made.output_space == space
        assert made.features == tuple(rows.columns)
        np.testing.assert_allclose(made.local.outputs(), scores(model, rows, name), atol=1e-9)
        assert list(made.eval_y_predicted) == pytest.approx(list(model.predict(rows)))
        pd.testing.assert_frame_equal(
            made.eval_data.reset_index(drop=True), rows.reset_index(drop=True), check_dtype=False
        )
    np.testing.assert_allclose(fitted.local.values, told.local.values, atol=1e-12)
    if name in {"binary", "multi"}:
        assert list(fitted.classes) == list(told.classes) == list(model.classes_)
        np.testing.assert_array_equal(fitted.eval_y_predicted_proba, model.predict_proba(rows))


def scores(model, rows, name):
    if name in {"binary", "multi"}:
        return np.reshape(model.decision_function(rows), (len(rows), -1))
    answer = model.predict(rows)
    return np.log(answer)[:, None] if name == "counts" else answer[:, None]


def test_a_term_of_two_columns_is_shared_equally(boosting):
    rows, models = boosting
    model, rows = models["binary"], rows[:7]
    assert "length & petal & length" in model.term_names_
    made = ExplanationAdapter().create_local(model.explain_local(rows))
    terms = model.eval_terms(rows)
    expected = terms[:, :4].copy()
    expected[:, [0, 2]] += terms[:, [4]] / 2
    np.testing.assert_allclose(made.local.values[:, :, 0], expected, atol=1e-12)
    with pytest.raises(FeatureError, match="the term petal & length"):
        ExplanationAdapter(["length", "width", "other", "petal width"]).create_local(
            model.explain_local(rows)
        )
    with pytest.raises(InvalidInputError, match="the rows to explain"):
        ExplanationAdapter().create_local(model)


def test_no_library_is_imported_to_ask(monkeypatch):
    import sys

    for name in ("shap", "interpret"):
        monkeypatch.setitem(sys.modules, name, None)  # importing it now raises
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ExplanationAdapter().create_local(np.eye(2))
