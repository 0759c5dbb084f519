"""Scoring explainers of every engine: one representation, one layout, the explainers' values."""

from __future__ import annotations

import functools
import json

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeRegressor

from mlflow_explain import (
    DeepScoringExplainer,
    KernelExplainer,
    KernelMachineScoringExplainer,
    KernelScoringExplainer,
    LGBMExplainableModel,
    LIMEExplainer,
    LinearExplainableModel,
    LinearScoringExplainer,
    MimicExplainer,
    PFIExplainer,
    ScoringExplainer,
    TabularExplainer,
    TreeExplainer,
    TreeScoringExplainer,
)
from mlflow_explain.engines import registry
from mlflow_explain.engines.mimic import engine as mimic
from mlflow_explain.errors import FeatureError, InvalidInputError, MissingPartError
from mlflow_explain.scoring import explainers
from tests.engines.test_conformance import BINARY, MODELS, X, Y, model_of

FRAME = pd.DataFrame(X, columns=list("abcdef"))
TARGETS = np.column_stack([Y, 2.0 * X[:, 0]])

# An explainer of each row of the table of classes, and of several targets.
MADE = {
    "tree": lambda: TabularExplainer(model_of("lightgbm classes"), FRAME),
    "catboost": lambda: TabularExplainer(model_of("catboost binary"), X),
    "linear": lambda: TabularExplainer(model_of("logistic"), X),
    "kernel machine": lambda: TabularExplainer(model_of("svc"), X),
    "composed": lambda: TabularExplainer(model_of("voting"), X),
    "deep": lambda: TabularExplainer(model_of("network"), X),
    "kernel": lambda: KernelExplainer(model_of("neighbours"), X[:20], show_progress=False),
    "lime": lambda: LIMEExplainer(model_of("neighbours"), X, nsamples=60, show_progress=False),
    "mimic by tree": lambda: MimicExplainer(model_of("neighbours"), X, LGBMExplainableModel),
    "mimic by linear": lambda: MimicExplainer(model_of("svr"), X, LinearExplainableModel),
    "tree of several targets": lambda: TabularExplainer(
        DecisionTreeRegressor(max_depth=3).fit(X, TARGETS), X
    ),
    "linear of several targets": lambda: TabularExplainer(LinearRegression().fit(X, TARGETS), X),
    "kernel of several targets": lambda: KernelExplainer(
        DecisionTreeRegressor(max_depth=3).fit(X, TARGETS), X[:9], show_progress=False
    ),
}


@functools.cache
def explainer_of(case):
    return MADE[case]()


CASES = [pytest.param(c, marks=pytest.mark.networks) if c == "deep" else c for c in MADE]


@pytest.fixture(params=CASES)
def case(request):
    explainer = explainer_of(request.param)
    return explainer, explainer.create_scoring_explainer()


def test_every_engine_has_its_row():
    engines = {row.name for row in registry.ALL} - {mimic.NAME}
    surrogates = {f"mimic by {name}" for name in mimic._RESTORE}
    assert set(explainers.CLASSES) == engines | surrogates
    # Those of texts answer otherwise: see `test_texts`.
    assert {n for n in explainers.CLASSES if not n.startswith("text ")} <= set(MADE)


@pytest.mark.parametrize("name", CASES)
def test_the_class_is_that_of_the_engine(name):
    scoring = explainer_of(name).create_scoring_explainer(X)
    kind = name.removesuffix(" of several targets")
    assert explainers.engine_kind(scoring.scorer.engine) == kind
    assert type(scoring) is explainers.CLASSES[kind]
    assert vars(scoring).keys() == {"scorer"}


def test_values_are_those_of_explain_local(case):
    explainer, scoring = case
    rows = explainer.subject.template.data[:7]
    found = scoring.explain(rows)
    local = explainer.explain_local(rows)
    np.testing.assert_array_equal(found, local.local_importance_values)
    np.testing.assert_array_equal(scoring.expected_values, local.expected_values)
    assert scoring.output_space == local.output_space
    assert scoring.features == local.features
    assert scoring.classes == (None if local.classes is None else tuple(local.classes))
    text = json.dumps({"values": found, "base": scoring.expected_values}, allow_nan=False)
    assert json.loads(text)["values"] == found


def test_layout(case):
    explainer, scoring = case
    n_outputs = len(scoring.expected_values)
    one_row, rows = explainer.subject.template.data[:1], explainer.subject.template.data[:5]
    whole = () if explainer.classes is None and n_outputs == 1 else (n_outputs,)
    assert np.shape(scoring.explain(rows)) == (*whole, 5, 6)
    first = scoring.explain(one_row)
    assert np.shape(first) == (*whole, 1, 6)
    plain = np.asarray(one_row)
    assert scoring.explain(plain[0]) == first
    assert scoring.explain(plain[0].tolist()) == first
    assert scoring.explain(pd.Series(plain[0], index=list(scoring.features))) == first
    frame = pd.DataFrame(plain, columns=list(scoring.features))
    assert scoring.explain(frame[reversed(frame.columns)]) == first
    np.testing.assert_allclose(scoring.explain(sparse.csr_matrix(plain)), first, atol=1e-12)
    assert scoring.explain(rows, get_raw=False) == scoring.explain(rows, get_raw=True)


def test_any_explainer_has_a_kernel_scoring_explainer(case):
    explainer, scoring = case
    kernel = KernelScoringExplainer(explainer, initialization_examples=X)
    assert type(kernel) is KernelScoringExplainer
    rows = explainer.subject.template.data[:3]
    assert kernel.explain(rows) == scoring.explain(rows)
    assert kernel.scorer.engine is scoring.scorer.engine


@pytest.mark.parametrize("name", list(MODELS))
def test_every_model_has_the_explainers_own_values(name):
    explainer = TabularExplainer(model_of(name), X)
    scoring = explainer.create_scoring_explainer()
    local = explainer.explain_local(X[:4])
    np.testing.assert_array_equal(scoring.explain(X[:4]), local.local_importance_values)
    assert scoring.nbytes > 0
    assert f": {explainer.method}, 6 columns, {local.output_space}, " in repr(scoring)


def test_raw_and_engineered_values(explainer, explanation, applications):
    scoring = TreeScoringExplainer(explainer)
    values = scoring.explain(applications.test)
    np.testing.assert_array_equal(values, explanation.local_importance_values)
    engineered = scoring.explain(applications.test, get_raw=False)
    np.testing.assert_array_equal(engineered, explanation.engineered.local_importance_values)
    assert scoring.engineered_features == explanation.engineered.features


@pytest.mark.parametrize("wrong", [TreeScoringExplainer, LinearScoringExplainer])
def test_a_wrong_pairing_names_the_right_class(wrong):
    explainer = TabularExplainer(SVC().fit(X, BINARY), X)
    with pytest.raises(InvalidInputError, match="Use KernelMachineScoringExplainer") as caught:
        wrong(explainer)
    assert "SVC whose engine is kernel machine" in str(caught.value)
    assert isinstance(explainer.create_scoring_explainer(), KernelMachineScoringExplainer)
    with pytest.raises(InvalidInputError, match="engine is deep, for a DeepScoringExplainer"):
        DeepScoringExplainer(explainer)


def test_a_surrogate_is_scored_with_its_own_engine():
    linear, trees = explainer_of("mimic by linear"), explainer_of("mimic by tree")
    assert LinearScoringExplainer(linear).explain(X[:3]) == (
        linear.create_scoring_explainer().explain(X[:3])
    )
    with pytest.raises(InvalidInputError, match=r"mimic by linear\. Use LinearScoringExplainer"):
        TreeScoringExplainer(linear)
    with pytest.raises(InvalidInputError, match=r"mimic by tree\. Use TreeScoringExplainer"):
        LinearScoringExplainer(trees)


def test_explainers_without_local_values_have_none():
    with pytest.raises(MissingPartError, match="global only"):
        KernelScoringExplainer(PFIExplainer(Ridge().fit(X, Y)))
    with pytest.raises(MissingPartError, match="has seen rows"):
        TreeScoringExplainer(TreeExplainer(model_of("lightgbm binary")))
    for other in (object(), Ridge(), None, TabularExplainer, PFIExplainer):
        with pytest.raises(InvalidInputError, match="TabularExplainer"):
            ScoringExplainer(other)


def test_43_what_is_not_finite_is_null():
    scoring = LinearScoringExplainer(TabularExplainer(Ridge().fit(X, Y), X))
    rows = X[:2].copy()
    rows[0, 1] = np.nan
    values = scoring.explain(rows)
    assert values[0][1] is None
    assert None not in values[1]
    json.dumps(values, allow_nan=False)


def test_55_missing_columns_are_named():
    scoring = explainer_of("tree").create_scoring_explainer()
    with pytest.raises(FeatureError, match=r"\bd\b"):
        scoring.explain(FRAME.drop(columns="d"))


def test_words_in_a_column_of_numbers_are_named_and_not_repeated():
    linear = TabularExplainer(Ridge().fit(FRAME, Y), FRAME)
    for explainer in (explainer_of("tree"), explainer_of("kernel"), linear):
        scoring = explainer.create_scoring_explainer()
        rows = pd.DataFrame(X[:2], columns=list(scoring.features))
        last = scoring.features[-1]
        for answer in (scoring.explain, explainer.explain_local):
            with pytest.raises(InvalidInputError, match=f"in column {last}") as caught:
                answer(rows.assign(**{last: "secret"}))
            assert "secret" not in str(caught.value)
            assert caught.value.__cause__ is None


def test_of_explain_subset_the_scoring_explainer_answers_all_columns():
    model = model_of("lightgbm classes")
    subset = TabularExplainer(model, FRAME, explain_subset=["b", "e"])
    scoring = subset.create_scoring_explainer()
    whole = TabularExplainer(model, FRAME)
    assert scoring.features == tuple("abcdef")
    expected = whole.explain_local(FRAME.head(3)).local_importance_values
    np.testing.assert_array_equal(scoring.explain(FRAME.head(3)), expected)
    local = subset.explain_local(FRAME.head(3))
    assert local.features == ("b", "e")
    found = np.array(scoring.explain(FRAME.head(3)))[:, :, [1, 4]]
    np.testing.assert_array_equal(found, local.local_importance_values)


def test_sizes_are_of_numbers_and_texts():
    scoring = LinearScoringExplainer(explainer_of("linear"))
    state = scoring.scorer.engine.state()
    assert not state.texts
    assert scoring.nbytes == sum(array.nbytes for array in state.arrays.values())
    assert repr(scoring).endswith(f", {scoring.nbytes} bytes>")
