"""Every family in the page: its predictions are the model's, its game the explanation's."""

from __future__ import annotations

import warnings
from dataclasses import replace
from itertools import pairwise

import lightgbm
import numpy as np
import pandas as pd
import pytest
import xgboost
from lightgbm import LGBMClassifier, LGBMRegressor
from scipy import sparse
from sklearn import ensemble, linear_model, svm
from sklearn.compose import make_column_transformer
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, WhiteKernel
from sklearn.impute import SimpleImputer
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeRegressor,
)
from xgboost import XGBClassifier, XGBRegressor

from mlflow_explain import (
    KernelExplainer,
    TabularExplainer,
    TreeExplainer,
)
from mlflow_explain.dashboard.models import twin
from mlflow_explain.dashboard.models.exact import exported
from mlflow_explain.dashboard.models.values import Exported, NotExported
from mlflow_explain.dashboard.source import Source
from mlflow_explain.engines import kernel_machine
from mlflow_explain.engines.base import EngineState
from mlflow_explain.engines.rescaled import slope
from mlflow_explain.engines.trees.engine import TreeEngine
from mlflow_explain.engines.trees.ensemble import CATEGORY, NUMERIC, ZERO_MISSING, TreeEnsemble
from mlflow_explain.engines.trees.row_format import RowFormat

DRAW = np.random.default_rng(11)
N = 160
ROWS = np.round(DRAW.normal(size=(N, 4)), 2)
ROWS[:, 3] = np.round(ROWS[:, 3])
GAPS = np.where(DRAW.random(ROWS.shape) < 0.15, np.nan, ROWS)
FRAME = pd.DataFrame(GAPS, columns=["a", "b", "c", "d"]).assign(
    word=DRAW.choice(["x", "y", "z"], N), truth=DRAW.random(N) > 0.5
)
TARGET = ROWS[:, 0] * 2 - ROWS[:, 1] + ROWS[:, 0] * ROWS[:, 2] + (FRAME["word"] == "x")
TWO = np.where(TARGET > 0.2, "yes", "no")
THREE = np.digitize(TARGET, [-0.7, 1.0])
COUNTS = np.floor(np.exp(np.clip(TARGET, -2, 2)))
SMALL = {"n_estimators": 7, "random_state": 0}


def explained(model, rows, explainer=TabularExplainer, **options):
    """Return the model in the page of an explanation of some rows, and this explanation."""
    made = explainer(model, rows, **options)
    explanation = made.explain_local(rows)
    return exported(bare(explanation), Source(model, made.choice.engine)), explanation


def bare(explanation):
    """Return an explanation without recorded answers: the model is asked for them."""
    return replace(explanation, rows=replace(explanation.rows, predicted=None, probabilities=None))


def assert_exact(model, rows, game, tolerance=1e-12, explainer=TabularExplainer, **options):
    """Check predictions on all rows, and the attributions that the page's game stands for."""
    made, explanation = explained(model, rows, explainer, **options)
    assert isinstance(made, Exported), made.reason
    assert made.mode == "exact"
    assert made.max_error <= tolerance
    assert made.checked_rows == len(rows) if hasattr(rows, "__len__") else True
    answer = twin.answers(made, twin.inputs_of(rows, explanation.features, made.inputs))
    if explanation.classes is None:
        np.testing.assert_allclose(answer.values, model.predict(rows), 1e-6, 1e-6)
    else:
        labels = np.array(explanation.classes)[answer.values.astype(int)]
        np.testing.assert_array_equal(labels, np.asarray(model.predict(rows)))
    if explanation.classes is not None and hasattr(model, "predict_proba"):
        np.testing.assert_allclose(answer.probabilities, model.predict_proba(rows), 1e-6, 1e-6)
    assert made.game.kind == game
    if game != "none":
        assert made.notes == ()
        assert_attributes(made, explanation)
    return made


def assert_attributes(made, explanation):
    """Check that slots, game and fold give the attributions of the explanation."""
    names = explanation.features
    slots = twin.slots_of(made, twin.inputs_of(explanation.rows.data, names, made.inputs))
    found = folded(made, attributed(made, slots), len(names))
    np.testing.assert_allclose(found, explanation.local.values, 1e-6, 1e-6)
    np.testing.assert_allclose(made.game.base_values, explanation.local.base_values, 1e-6, 1e-6)


def attributed(made, slots):
    """Return attributions of slots, (n_rows, n_slots, n_outputs)."""
    core, background = made.core, made.game.background
    if made.game.rescaled is not None:
        values = attributed(replace(made, game=replace(made.game, rescaled=None)), slots)
        base = np.array([made.game.rescaled])
        values = values * slope(values.sum(axis=1) + base, base)[:, None]
        return np.concatenate([-values, values], axis=2)
    if core.kind == "linear":
        weights = core.array("weights")
        return (slots - background)[:, :, None] * weights.T
    if core.kind == "trees":
        rows = RowFormat(single=core.settings["float32"])
        return TreeEngine(unpacked(core), rows, "raw", background).explain(slots).values

    arrays = {
        "support_vectors": core.array("vectors"),
        "coefficients": core.array("coefficients")[None, :, None],
        "inverse_lengths": np.full((1, slots.shape[1]), np.sqrt(core.settings["gamma"])),
        "offset": np.array(core.offset),
        "background": background,
    }
    state = EngineState({"output_space": "raw", "power": 2}, arrays)
    return kernel_machine.restore(state, None).explain(slots).values


def folded(made, values, n_features):
    found = np.zeros((len(values), n_features, values.shape[2]))
    for slot, feature, share in made.game.fold:
        found[:, feature] += values[:, slot] * share
    return found


def unpacked(core):
    """Return the trees of a core, from the arrays that the page reads."""
    right = core.array("right").astype(np.int64)
    roots = np.append(core.array("roots"), len(right)).astype(np.int64)
    root = np.repeat(roots[:-1], np.diff(roots))
    at = np.arange(len(right)) - root
    inner = right > 0
    flags, slot = core.array("flags"), core.array("feature").astype(np.int64)
    by_set, starts = (flags & 4) > 0, core.array("thresholdStarts")
    threshold = np.zeros(len(right))
    numeric = inner & ~by_set
    position = starts[slot[numeric]] + core.array("threshold")[numeric]
    threshold[numeric] = core.array("thresholds")[position]
    n_outputs = core.settings["outputs"]
    leaf_values = core.array("values").astype(np.float64)
    value = np.zeros((len(right), n_outputs))
    if "outputOf" in core.settings:
        tree = np.searchsorted(roots, np.flatnonzero(~inner), side="right") - 1
        value[np.flatnonzero(~inner), core.array("outputOf")[tree]] = leaf_values
    else:
        value[~inner] = leaf_values.reshape(-1, n_outputs)
    cover = np.zeros(len(right))
    cover[~inner] = core.array("covers")
    for node in reversed(np.flatnonzero(inner)):
        cover[node] = cover[node + 1] + cover[node + right[node]]
    left = np.where(inner, at + 1, -1)
    other = np.where(inner, at + right, -1)
    kinds = np.where(by_set, CATEGORY, np.where(flags & 2, ZERO_MISSING, NUMERIC))
    sets = {}
    if by_set.any():
        words, edges = core.array("setWords"), core.array("setStarts")
        members = [
            np.flatnonzero(np.unpackbits(words[a:b].view(np.uint8), bitorder="little"))
            for a, b in pairwise(edges)
        ]
        sets = {
            "set_starts": np.concatenate([[0], np.cumsum([len(m) for m in members])]),
            "set_members": np.concatenate(members),
        }
    return TreeEnsemble(
        starts=roots, left=left, right=other, default=np.where(flags & 1, left, other),
        feature=np.where(inner, slot, -1), threshold=threshold, value=value, cover=cover,
        offset=np.array(core.offset), kind=kinds,
        category_set=np.where(by_set, core.array("threshold"), -1).astype(np.int64), **sets,
    )  # fmt: skip


FORESTS = [
    ensemble.RandomForestClassifier(**SMALL), ensemble.ExtraTreesClassifier(**SMALL),
    DecisionTreeClassifier(random_state=0),
    ensemble.GradientBoostingClassifier(**SMALL),
    ensemble.HistGradientBoostingClassifier(max_iter=7),
    LGBMClassifier(**SMALL, verbose=-1), LGBMClassifier(**SMALL, verbose=-1, boosting_type="dart"),
    XGBClassifier(**SMALL), XGBClassifier(**SMALL, max_depth=2, base_score=0.3),
]  # fmt: skip


def name(model):
    return str(model)[:40].split("(")[0]


@pytest.mark.parametrize("labels", [TWO, THREE], ids=["two", "three"])
@pytest.mark.parametrize("model", FORESTS, ids=name)
def test_classifiers_of_trees(model, labels):
    is_xgboost = isinstance(model, XGBClassifier)
    if is_xgboost:
        labels = pd.factorize(labels, sort=True)[0]
    if is_xgboost and labels.max() > 1:
        model = XGBClassifier(**SMALL)
    assert_exact(model.fit(ROWS, labels), ROWS, "tree_path_dependent", 1e-6)


def test_exponential_loss_is_half_of_the_log_odds():
    model = ensemble.GradientBoostingClassifier(**SMALL, loss="exponential").fit(ROWS, TWO)
    made = assert_exact(model, ROWS, "tree_path_dependent")
    assert made.link == {"kind": "logistic", "scale": 2.0}


def test_lightgbm_with_a_sigmoid_of_its_own_and_a_random_forest():
    model = LGBMClassifier(**SMALL, verbose=-1, sigmoid=2.0).fit(ROWS, TWO)
    assert assert_exact(model, ROWS, "tree_path_dependent").link["scale"] == 2.0
    model = LGBMClassifier(
        **SMALL, verbose=-1, boosting_type="rf", bagging_freq=1, bagging_fraction=0.6
    )
    assert_exact(model.fit(ROWS, TWO), ROWS, "tree_path_dependent")


@pytest.mark.parametrize(
    "model",
    [
        ensemble.RandomForestRegressor(**SMALL), ensemble.ExtraTreesRegressor(**SMALL),
        DecisionTreeRegressor(random_state=0), ExtraTreeRegressor(random_state=0),
        ensemble.GradientBoostingRegressor(**SMALL, init="zero"),
        ensemble.GradientBoostingRegressor(**SMALL, loss="quantile"),
        ensemble.HistGradientBoostingRegressor(max_iter=7),
        ensemble.HistGradientBoostingRegressor(max_iter=7, loss="poisson"),
        LGBMRegressor(**SMALL, verbose=-1), LGBMRegressor(**SMALL, verbose=-1, objective="poisson"),
        LGBMRegressor(**SMALL, verbose=-1, objective="mae"), XGBRegressor(**SMALL),
        XGBRegressor(**SMALL, objective="count:poisson"), XGBRegressor(**SMALL, booster="dart"),
        XGBRegressor(**SMALL, objective="reg:tweedie"),
    ],
    ids=name,
)  # fmt: skip
def test_regressions_of_trees(model):
    assert_exact(model.fit(ROWS, COUNTS), ROWS, "tree_path_dependent", 1e-6)


@pytest.mark.parametrize(
    "model",
    [
        ensemble.RandomForestRegressor(**SMALL), ensemble.HistGradientBoostingRegressor(max_iter=7),
        LGBMRegressor(**SMALL, verbose=-1),
        LGBMRegressor(**SMALL, verbose=-1, zero_as_missing=True),
        XGBRegressor(**SMALL), XGBRegressor(**SMALL, missing=0.0),
        XGBRegressor(**SMALL, missing=-1.0),
    ],
    ids=name,
)  # fmt: skip
def test_missing_values_go_where_the_model_sends_them(model):
    frame = FRAME[["a", "b", "c", "d"]]
    assert_exact(model.fit(frame, TARGET), frame, "tree_path_dependent", 1e-6)


@pytest.mark.parametrize("dtype", [np.float32, np.int64])
def test_other_types_of_arrays(dtype):
    rows = (ROWS * 10).astype(dtype)
    assert_exact(LGBMClassifier(**SMALL, verbose=-1).fit(rows, TWO), rows, "tree_path_dependent")


@pytest.mark.parametrize("fitted_on", ["words", "numbers", "truths"])
def test_categories_of_lightgbm(fitted_on):
    values = {"words": ["x", "y", "z"], "numbers": [30, 10, 20], "truths": [True, False, True]}
    given = FRAME["word"].map(dict(zip("xyz", values[fitted_on], strict=True)))
    frame = FRAME[["a", "b"]].assign(kind=given.astype("category"))
    frame.loc[::9, "kind"] = np.nan
    model = LGBMClassifier(**SMALL, verbose=-1, min_data_per_group=2, cat_smooth=1)
    labels = (FRAME["word"] == "x") ^ (ROWS[:, 0] > 0)
    made = assert_exact(model.fit(frame, labels), frame, "tree_path_dependent")
    assert any(given.type == "category" for given in made.inputs)


def test_categories_of_xgboost_and_of_histogram_gradient_boosting():
    frame = FRAME[["a", "b"]].assign(kind=FRAME["word"].astype("category"))
    frame.loc[::9, "kind"] = np.nan
    model = XGBClassifier(**SMALL, enable_categorical=True, max_cat_to_onehot=1)
    assert_exact(model.fit(frame, TWO == "yes"), frame, "tree_path_dependent", 1e-6)
    model = ensemble.HistGradientBoostingClassifier(max_iter=7)
    assert_exact(model.fit(frame, TWO), frame, "tree_path_dependent")


def test_categories_that_are_numbers_in_an_array():
    rows = np.column_stack([ROWS[:, :2], DRAW.integers(0, 6, N)])
    model = ensemble.HistGradientBoostingRegressor(max_iter=7, categorical_features=[2])
    assert_exact(model.fit(rows, TARGET + rows[:, 2] % 2), rows, "tree_path_dependent")
    model = LGBMRegressor(**SMALL, verbose=-1, min_data_per_group=2)
    target = TARGET + rows[:, 2] % 2
    model.fit(rows, target, categorical_feature=[2])
    assert_exact(model, rows, "tree_path_dependent")


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
def test_native_boosters(library):
    two = (TWO == "yes").astype(int)
    if library == "lightgbm":
        data = lightgbm.Dataset(ROWS, two)
        model = lightgbm.train({"objective": "binary", "verbose": -1}, data, 5)
    else:
        model = xgboost.train({"objective": "binary:logistic"}, xgboost.DMatrix(ROWS, two), 5)
    made, _ = explained(model, ROWS)
    assert made.mode == "exact"
    assert made.max_error < 1e-6


@pytest.mark.parametrize(
    "model",
    [
        linear_model.LogisticRegression(), linear_model.SGDClassifier(loss="log_loss"),
        linear_model.SGDClassifier(), linear_model.RidgeClassifier(), linear_model.Perceptron(),
        svm.LinearSVC(), LinearDiscriminantAnalysis(),
    ],
    ids=name,
)  # fmt: skip
@pytest.mark.parametrize("labels", [TWO, THREE], ids=["two", "three"])
def test_linear_classifiers(model, labels):
    assert_exact(model.fit(ROWS, labels), ROWS, "interventional", 1e-9)


def test_one_against_the_rest():
    model = linear_model.LogisticRegression(solver="liblinear").fit(ROWS, TWO)
    assert_exact(model, ROWS, "interventional")
    assert_exact(svm.SVC(kernel="linear").fit(ROWS, TWO), ROWS, "interventional", 1e-9)


@pytest.mark.parametrize(
    "model",
    [
        linear_model.LinearRegression(), linear_model.Ridge(), linear_model.Lasso(0.01),
        linear_model.ElasticNet(0.01), linear_model.SGDRegressor(), linear_model.HuberRegressor(),
        linear_model.BayesianRidge(), linear_model.PoissonRegressor(),
        linear_model.TweedieRegressor(power=0), linear_model.TweedieRegressor(power=1.5),
        svm.LinearSVR(), svm.SVR(kernel="linear"), KernelRidge(kernel="linear"),
    ],
    ids=name,
)  # fmt: skip
def test_linear_regressions(model):
    assert_exact(model.fit(ROWS, COUNTS), ROWS, "interventional", 1e-9)


def test_features_without_weight_are_no_inputs():
    target = ROWS[:, 1] * 3
    made = assert_exact(linear_model.Lasso(0.05).fit(ROWS, target), ROWS, "interventional", 1e-9)
    assert [given.name for given in made.inputs] == ["1"]


@pytest.mark.parametrize(
    ("model", "outcome"),
    [
        (svm.SVC(), TWO), (svm.NuSVC(), TWO), (svm.SVR(), TARGET), (svm.NuSVR(gamma=0.2), TARGET),
        (KernelRidge(kernel="rbf", gamma=0.3), TARGET),
        (GaussianProcessRegressor(ConstantKernel() * RBF(2.0) + WhiteKernel(), normalize_y=True,
                                  optimizer=None), TARGET),
    ],
    ids=lambda item: name(item) if hasattr(item, "fit") else "",
)  # fmt: skip
def test_kernel_machines(model, outcome):
    assert_exact(model.fit(ROWS, outcome), ROWS, "interventional", 1e-9)


def test_interventional_trees():
    model = LGBMClassifier(**SMALL, verbose=-1).fit(GAPS, TWO)
    options = {"feature_perturbation": "interventional"}
    made = assert_exact(model, GAPS, "interventional", explainer=TreeExplainer, **options)
    assert made.game.background.shape[1] == len(made.slots)
    explanation = TreeExplainer(model, GAPS, **options).explain_local(GAPS)
    without = exported(explanation, Source(model))
    assert without.game.kind == "none"
    assert "does not keep the background" in without.notes[0]


@pytest.mark.parametrize("game", ["tree_path_dependent", "interventional"])
def test_attributions_that_sum_to_probabilities(game):
    model = LGBMClassifier(**SMALL, verbose=-1).fit(GAPS, TWO)
    options = {"feature_perturbation": game, "shap_values_output": "probability"}
    made = assert_exact(model, GAPS, game, explainer=TreeExplainer, **options)
    np.testing.assert_allclose(sum(made.game.base_values), 1.0)


def test_the_background_of_a_linear_model_is_read_off_its_explanation():
    model = linear_model.LogisticRegression().fit(ROWS, THREE)
    explanation = TabularExplainer(model, ROWS[:50]).explain_local(ROWS)
    made = exported(explanation, Source(model))
    assert made.game.kind == "interventional"
    np.testing.assert_allclose(made.game.background[0], ROWS[:50].mean(axis=0), 1e-9, 1e-9)


PIPELINES = [
    (LGBMClassifier(**SMALL, verbose=-1), TWO, "tree_path_dependent"),
    (XGBClassifier(**SMALL), THREE, "tree_path_dependent"),
    (XGBRegressor(**SMALL), TARGET, "tree_path_dependent"),
    (ensemble.RandomForestClassifier(**SMALL), THREE, "tree_path_dependent"),
    (linear_model.LogisticRegression(), TWO, "interventional"),
    (linear_model.Ridge(), TARGET, "interventional"),
    (svm.SVC(), TWO, "interventional"),
]


@pytest.mark.parametrize("is_sparse", [False, True], ids=["dense", "sparse"])
@pytest.mark.parametrize(("model", "outcome", "game"), PIPELINES, ids=lambda v: name(v)[:24])
def test_pipelines_are_edited_in_raw_columns(model, outcome, game, is_sparse):
    table = make_column_transformer(
        (make_pipeline(SimpleImputer(add_indicator=True), StandardScaler()), ["a", "b", "c"]),
        (OneHotEncoder(), ["word", "d"]),
        remainder="passthrough",
        sparse_threshold=1.0 if is_sparse else 0.0,
    )
    frame = FRAME.assign(d=FRAME["d"].fillna(0))
    whole = make_pipeline(table, model).fit(frame, outcome)
    made = assert_exact(whole, frame, game, 1e-6)
    kinds = {given.name: given.type for given in made.inputs}
    assert kinds["word"] == "category"
    assert kinds.get("truth", "boolean") == "boolean"


def test_a_search_stands_for_its_best_pipeline_and_pandas_output_is_walked():
    table = make_column_transformer((StandardScaler(), ["a"]), remainder="passthrough",
                                    verbose_feature_names_out=False)  # fmt: skip
    table.set_output(transform="pandas")
    frame = FRAME[["a", "b", "word"]].assign(word=FRAME["word"].astype("category"))
    pipe = make_pipeline(table, LGBMClassifier(**SMALL, verbose=-1))
    search = GridSearchCV(pipe, {"lgbmclassifier__num_leaves": [5]}, cv=2).fit(frame, TWO)
    assert_exact(search, frame, "tree_path_dependent")


def test_transformations_beside_an_estimator():
    table = make_column_transformer((OneHotEncoder(), ["word"]), ("passthrough", ["d"])).fit(FRAME)
    frame = FRAME.assign(d=FRAME["d"].fillna(0))
    model = linear_model.LogisticRegression().fit(table.transform(frame), TWO)
    explainer = TabularExplainer(model, frame, transformations=table)
    explanation = explainer.explain_local(frame)
    for given in (None, model, make_pipeline(table, model)):
        # A page knows what its explanation was made from; a Pipeline has its own.
        known = Source.of(explanation.id, given)
        made = exported(explanation, known._replace(engine=None))
        assert made.mode == "exact"
        assert made.game.kind == "interventional"
    assert "takes 4 columns, and is given 6" in exported(explanation, Source(model)).reason


def test_sparse_rows():
    rows = sparse.csr_matrix(np.where(np.abs(ROWS) < 0.8, 0.0, ROWS))
    for model in (LGBMClassifier(**SMALL, verbose=-1), XGBClassifier(**SMALL)):
        fitted = model.fit(rows, TWO == "yes")
        made, explanation = explained(fitted, rows)
        assert made.max_error < 1e-6
        assert_attributes(made, explanation)


def test_a_model_without_splits():
    model = LGBMRegressor(n_estimators=2, verbose=-1, min_child_samples=500).fit(ROWS, TARGET)
    made, _ = explained(model, ROWS)
    assert made.inputs == []
    assert made.max_error < 1e-12


def test_answers_recorded_in_the_explanation_are_compared_instead_of_asking():
    model = linear_model.LogisticRegression().fit(ROWS, TWO)
    explanation = TabularExplainer(model, ROWS).explain_local(ROWS)
    assert exported(explanation, Source(model)).mode == "exact"
    other = linear_model.LogisticRegression(C=1e-3).fit(ROWS, TWO)
    refused = exported(explanation, Source(other))
    assert "differs from its own predictions by up to" in refused.reason


@pytest.mark.parametrize(
    ("model", "outcome", "reason"),
    [
        (KNeighborsClassifier(), TWO, "KNeighborsClassifier is of no kind"),
        (GaussianNB(), TWO, "GaussianNB is not linear in its features"),
        (svm.SVC(), THREE, "has 3 classes"),
        (svm.SVC(kernel="poly"), TWO, "has kernel 'poly'"),
        (linear_model.SGDClassifier(loss="modified_huber"), TWO, "follow no link"),
        (LGBMRegressor(**SMALL, verbose=-1, reg_sqrt=True), COUNTS, "squares of its scores"),
        (LGBMClassifier(**SMALL, verbose=-1, objective="multiclassova"), THREE, "multiclassova"),
        (XGBRegressor(**SMALL, objective="reg:logistic"), TARGET * 0 + 0.5, "logistic function"),
        (make_pipeline(StandardScaler(), KNeighborsClassifier()), TWO, "of no kind"),
        (KernelRidge(kernel="laplacian"), TARGET, "not one Gaussian"),
        (GaussianProcessRegressor(RBF([1.0, 2.0, 1.0, 3.0]), optimizer=None), TARGET, "one Gauss"),
    ],
    ids=lambda item: name(item) if hasattr(item, "fit") else "",
)  # fmt: skip
def test_what_the_page_cannot_hold_is_refused_with_a_reason(model, outcome, reason):
    fitted = model.fit(ROWS, outcome)
    explanation = TabularExplainer(linear_model.Ridge().fit(ROWS, TARGET), ROWS).explain_local(ROWS)
    if hasattr(fitted, "classes_"):
        stand_in = linear_model.LogisticRegression().fit(ROWS, outcome)
        explanation = TabularExplainer(stand_in, ROWS).explain_local(ROWS)
    refused = exported(bare(explanation), Source(fitted))
    assert isinstance(refused, NotExported)
    assert reason in refused.reason
    assert "sklearn." not in refused.reason


def test_a_large_model_is_refused():
    model = ensemble.RandomForestRegressor(**SMALL).fit(ROWS, TARGET)
    explanation = TabularExplainer(model, ROWS).explain_local(ROWS)
    assert "too much for a page" in exported(explanation, Source(model), max_bytes=1000).reason


def test_columns_that_the_explanation_leaves_out_are_named():
    model = linear_model.Ridge().fit(FRAME[["c", "d"]].fillna(0), TARGET)
    frame = FRAME[["c", "d"]].fillna(0)
    explainer = TabularExplainer(model, frame, explain_subset=["c"])
    refused = exported(explainer.explain_local(frame), Source(model))
    assert "leaves out (d)" in refused.reason


def test_another_game_is_not_played():
    model = linear_model.LogisticRegression().fit(ROWS, TWO)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        explanation = KernelExplainer(model, ROWS[:20]).explain_local(ROWS[:5])
    made = exported(explanation, Source(model))
    assert made.mode == "exact"
    assert made.game.kind == "none"
    assert "cannot" in made.notes[0] or "can compute" in made.notes[0]


def test_a_tree_without_a_split_is_said_to_have_one_leaf():
    rows = np.arange(40.0).reshape(-1, 2)
    made, _ = explained(DecisionTreeRegressor().fit(rows, np.full(20, 3.0)), rows)
    assert made.description == "DecisionTreeRegressor, 1 tree of 1 leaf"
    split, _ = explained(DecisionTreeRegressor(max_depth=1).fit(rows, rows[:, 0]), rows)
    assert split.description == "DecisionTreeRegressor, 1 tree of at most 2 leaves"
