"""What every row of the table of engines must do, for every class of models it explains."""

from __future__ import annotations

import functools
import warnings
from concurrent.futures import ThreadPoolExecutor

import catboost
import lightgbm
import numpy as np
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st
from lightgbm import LGBMClassifier, LGBMRanker, LGBMRegressor
from scipy import sparse
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    SGDClassifier,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import BernoulliNB, GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, ExtraTreeRegressor

from mlflow_explain import (
    KernelExplainer,
    LGBMExplainableModel,
    LIMEExplainer,
    MimicExplainer,
    TabularExplainer,
)
from mlflow_explain.data.predictor import Predictor, predictor_of
from mlflow_explain.data.table import table_of
from mlflow_explain.engines import registry
from mlflow_explain.engines.base import Options, Refusal
from mlflow_explain.engines.choice import Choice, first
from mlflow_explain.engines.deep.recognition import as_model
from mlflow_explain.errors import CorruptArtifactError, UnsupportedModelError
from tests import truths

X, Y = make_classification(300, 6, n_informative=5, n_redundant=0, n_classes=3, random_state=0)
BINARY = (Y == 1).astype(int)
SMALL = {"n_estimators": 5, "verbose": -1}
BOOST = {"n_estimators": 5, "max_depth": 3}
CAT = {"iterations": 5, "depth": 3, "verbose": 0, "allow_writing_files": False}
N_BACKGROUND = 40


def booster(objective: str, labels: np.ndarray, **parameters: object) -> lightgbm.Booster:
    settings = {"objective": objective, "verbose": -1, "num_leaves": 7, **parameters}
    return lightgbm.train(settings, lightgbm.Dataset(X, labels), num_boost_round=5)


def network() -> object:
    from tests.engines.deep.networks import Quadratic

    return as_model(Quadratic(), X)


# name: (model, engine, output space, number of outputs)
MODELS = {
    "lightgbm binary": (LGBMClassifier(**SMALL).fit(X, BINARY), "tree", "log-odds", 1),
    "lightgbm classes": (LGBMClassifier(**SMALL).fit(X, Y), "tree", "margin", 3),
    "lightgbm regression": (LGBMRegressor(**SMALL).fit(X, Y), "tree", "raw", 1),
    "lightgbm ranker": (LGBMRanker(**SMALL).fit(X, Y, group=[30] * 10), "tree", "raw", 1),
    "lightgbm booster": (booster("binary", BINARY), "tree", "log-odds", 1),
    "lightgbm booster classes": (booster("multiclass", Y, num_class=3), "tree", "margin", 3),
    "lightgbm poisson": (booster("poisson", Y), "tree", "margin", 1),
    "xgboost binary": (xgboost.XGBClassifier(**BOOST).fit(X, BINARY), "tree", "log-odds", 1),
    "xgboost classes": (xgboost.XGBClassifier(**BOOST).fit(X, Y), "tree", "margin", 3),
    "xgboost regression": (xgboost.XGBRegressor(**BOOST).fit(X, Y), "tree", "raw", 1),
    "xgboost booster": (
        xgboost.train(
            {"objective": "binary:logistic"}, xgboost.DMatrix(X, BINARY), num_boost_round=4
        ),
        "tree", "log-odds", 1,
    ),
    "decision tree": (DecisionTreeClassifier(max_depth=5).fit(X, Y), "tree", "probability", 3),
    "extra tree": (ExtraTreeRegressor(random_state=0).fit(X, Y), "tree", "raw", 1),
    "forest": (RandomForestClassifier(5).fit(X, BINARY), "tree", "probability", 2),
    "extra trees": (ExtraTreesRegressor(5).fit(X, Y), "tree", "raw", 1),
    "boosting": (GradientBoostingClassifier(n_estimators=5).fit(X, BINARY), "tree", "log-odds", 1),
    "boosting classes": (GradientBoostingClassifier(n_estimators=3).fit(X, Y), "tree", "margin", 3),
    "boosting regression": (GradientBoostingRegressor(n_estimators=5).fit(X, Y), "tree", "raw", 1),
    "histogram": (HistGradientBoostingClassifier(max_iter=5).fit(X, BINARY), "tree", "log-odds", 1),
    "histogram classes": (
        HistGradientBoostingClassifier(max_iter=3).fit(X, Y), "tree", "margin", 3
    ),
    "histogram poisson": (
        HistGradientBoostingRegressor(max_iter=5, loss="poisson").fit(X, Y), "tree", "margin", 1
    ),
    "isolation": (IsolationForest(n_estimators=5, random_state=0).fit(X), "tree", "margin", 1),
    "catboost binary": (
        catboost.CatBoostClassifier(**CAT).fit(X, BINARY), "catboost", "log-odds", 1
    ),
    "catboost classes": (catboost.CatBoostClassifier(**CAT).fit(X, Y), "catboost", "margin", 3),
    "catboost regression": (catboost.CatBoostRegressor(**CAT).fit(X, Y), "catboost", "raw", 1),
    "logistic": (LogisticRegression().fit(X, BINARY), "linear", "log-odds", 1),
    "logistic classes": (LogisticRegression().fit(X, Y), "linear", "margin", 3),
    "sgd": (SGDClassifier(random_state=0).fit(X, BINARY), "linear", "margin", 1),
    "linear svc": (LinearSVC(random_state=0).fit(X, BINARY), "linear", "margin", 1),
    "ridge": (Ridge().fit(X, Y), "linear", "raw", 1),
    "poisson": (PoissonRegressor().fit(X, Y), "linear", "margin", 1),
    "bernoulli bayes": (BernoulliNB().fit(X, BINARY), "linear", "log-odds", 1),
    "gaussian bayes": (GaussianNB().fit(X, Y), "linear", "margin", 3),
    "svc": (SVC().fit(X, BINARY), "kernel machine", "margin", 1),
    "svr": (SVR().fit(X, Y), "kernel machine", "raw", 1),
    "kernel ridge": (KernelRidge(kernel="rbf").fit(X, Y), "kernel machine", "raw", 1),
    "gaussian process": (
        GaussianProcessRegressor(RBF([1, 2, 1, 3, 1, 2]) + WhiteKernel()).fit(X[:60], Y[:60]),
        "kernel machine", "raw", 1,
    ),
    "calibrated": (
        CalibratedClassifierCV(LinearSVC(random_state=0), ensemble=False).fit(X, BINARY),
        "composed", "log-odds", 1,
    ),
    "voting": (
        VotingClassifier(
            [("a", DecisionTreeClassifier(max_depth=4)), ("b", RandomForestClassifier(3))],
            voting="soft", weights=[1, 3],
        ).fit(X, np.array(list("xyz"))[Y]),
        "composed", "probability", 3,
    ),
    "bagging": (
        BaggingClassifier(DecisionTreeClassifier(max_depth=3), 5, max_features=0.7).fit(X, Y),
        "composed", "probability", 3,
    ),
    "stacking": (
        StackingClassifier(
            [("a", SVC()), ("b", DecisionTreeClassifier(max_depth=3))],
            final_estimator=LogisticRegression(), passthrough=True, cv=3,
        ).fit(X, BINARY),
        "composed", "log-odds", 1,
    ),
    "voting regression": (
        VotingRegressor([("a", Ridge()), ("b", ExtraTreesRegressor(4)), ("c", SVR())]).fit(X, Y),
        "composed", "raw", 1,
    ),
    "scaled target": (
        TransformedTargetRegressor(GradientBoostingRegressor(n_estimators=4),
                                   transformer=StandardScaler()).fit(X, Y),
        "composed", "raw", 1,
    ),
    "log target": (
        TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1).fit(X, Y),
        "composed", "margin", 1,
    ),
    "one versus rest": (OneVsRestClassifier(LGBMClassifier(**SMALL)).fit(X, Y),
                        "composed", "margin", 3),
    "neighbours": (KNeighborsClassifier(5).fit(X, Y), "kernel", "probability", 3),
    "neighbours regression": (KNeighborsRegressor(3).fit(X, Y), "kernel", "raw", 1),
}  # fmt: skip
# The same of those that need torch, each made when it is asked for.
NETWORKS = {"network": (network, "deep", "raw", 1)}
KINDS = {name: tuple(kind) for name, (_, *kind) in (MODELS | NETWORKS).items()}
# Models that refuse csr rows themselves.
DENSE_ONLY = {"histogram", "histogram classes", "histogram poisson", "gaussian bayes"}
# Not the same csr rows: XGBoost takes what is not stored for missing.
ABSENT_IS_MISSING = {"xgboost binary", "xgboost classes", "xgboost regression", "xgboost booster"}
# CatBoost's own attributions know one game only.
PATH_DEPENDENT_ONLY = {"catboost"}
# What a SVM fitted on dense rows does not take, and a Gaussian process never does.
DENSE_ONLY |= {
    "svc", "svr", "gaussian process", "kernel ridge", "stacking", "voting regression",
    "neighbours", "neighbours regression",
}  # fmt: skip

INTERVENTIONAL = Options(feature_perturbation="interventional")
GAMES = [Options(), INTERVENTIONAL]


@functools.cache
def model_of(name):
    return NETWORKS[name][0]() if name in NETWORKS else MODELS[name][0]


def marked(keys):
    """Return names of cases as parameters, those of networks with their mark."""
    return [
        pytest.param(key, marks=pytest.mark.networks) if CASES[key][0] in NETWORKS else key
        for key in keys
    ]


def choose(predictor, background, options=Options(), rows=registry.ENGINES):  # noqa: B008 - frozen
    found = first(predictor, background, options, rows)
    if isinstance(found, Choice):
        return found
    raise registry.refused(predictor, found)


# Every model in every game its engine plays.
CASES = {
    f"{name}-{'interventional' if options is INTERVENTIONAL else 'default'}": (name, options)
    for name, (engine, _, _) in KINDS.items()
    for options in GAMES
    if not (options is INTERVENTIONAL and engine in PATH_DEPENDENT_ONLY)
}
# Held against the libraries' own values in trees/test_truths.py.
PATH_DEPENDENT_BY_DEFAULT = {"voting", "bagging", "scaled target", "one versus rest"} | {
    name for name, (engine, _, _) in KINDS.items() if engine in {"tree", "catboost"}
}
ENUMERATED = [
    key for key, (name, options) in CASES.items()
    if options is INTERVENTIONAL or name not in PATH_DEPENDENT_BY_DEFAULT
]  # fmt: skip
TAKES_CSR = [key for key, (name, _) in CASES.items() if name not in DENSE_ONLY | ABSENT_IS_MISSING]


@pytest.fixture(params=marked(CASES))
def case(request):
    name, options = CASES[request.param]
    predictor = predictor_of(model_of(name))
    choice = choose(predictor, table_of(X[:N_BACKGROUND]), options)
    return predictor, choice, KINDS[name]


def tolerance(choice) -> float:
    # Single precision models add up in single precision.
    return 1e-9 if choice.engine.tolerance <= 1e-6 else 1e-5


def test_every_engine_has_a_model_here():
    assert {engine for engine, _, _ in KINDS.values()} == {row.name for row in registry.ENGINES}


def test_choice_space_and_axes(case):
    _, choice, (name, space, n_outputs) = case
    assert (choice.engine.name, choice.engine.output_space) == (name, space)
    local = choice.engine.explain(X[:7])
    assert local.values.shape == (7, 6, n_outputs)
    assert choice.engine.explain(X[:0]).values.shape == (0, 6, n_outputs)
    assert len(choice.refusals) == [row.name for row in registry.ENGINES].index(name)


def test_base_plus_attributions_is_the_models_output(case):
    predictor, choice, _ = case
    outputs = choice.engine.explain(X).outputs()
    scale = max(1.0, float(np.abs(outputs).max()))
    assert choice.additivity_error(predictor, X, outputs).max() <= tolerance(choice) * scale


@pytest.mark.parametrize("case", marked(ENUMERATED), indirect=True)
def test_interventional_values_equal_enumeration_of_the_models_own_output(case):
    predictor, choice, _ = case
    assert choice.engine.feature_perturbation == "interventional"
    row = registry.row_named(choice.engine.name)
    found = choice.engine.explain(X[50:51])
    for output in range(found.n_outputs):
        game = truths.interventional_game(
            lambda x, k=output: row.scores(choice.engine, predictor, x)[:, k],
            X[50], X[:N_BACKGROUND],
        )  # fmt: skip
        scale = max(1.0, float(np.abs(found.values).max()))
        np.testing.assert_allclose(
            found.values[0, :, output], truths.shapley(game, 6), atol=10 * tolerance(choice) * scale
        )


def test_rows_are_explained_one_by_one(case):
    _, choice, _ = case
    together = choice.engine.explain(X[:20]).values
    order = np.random.default_rng(0).permutation(20)
    np.testing.assert_allclose(choice.engine.explain(X[:20][order]).values, together[order])
    np.testing.assert_allclose(choice.engine.explain(X[3:4]).values[0], together[3], atol=1e-13)
    many = np.tile(X[:20], (40, 1))
    np.testing.assert_allclose(
        choice.engine.explain(many).values, np.tile(together, (40, 1, 1)), atol=1e-13
    )


def test_rows_are_not_modified_and_answers_do_not_change(case):
    _, choice, _ = case
    rows = X[:20].copy()
    first = choice.engine.explain(rows).values
    np.testing.assert_array_equal(rows, X[:20])
    rows.flags.writeable = False
    np.testing.assert_array_equal(choice.engine.explain(rows).values, first)
    np.testing.assert_allclose(choice.engine.explain(np.asfortranarray(rows)).values, first)


def test_25_two_engines_of_a_seed_are_equal(case):
    predictor, choice, _ = case
    options = Options(feature_perturbation=choice.engine.feature_perturbation)
    again = choose(predictor, table_of(X[:N_BACKGROUND]), options)
    np.testing.assert_array_equal(
        again.engine.explain(X[:9]).values, choice.engine.explain(X[:9]).values
    )


def test_26_threads_sharing_an_engine_answer_as_one(case):
    _, choice, _ = case
    parts = [X[start : start + 20] for start in range(0, 160, 20)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda rows: choice.engine.explain(rows).values, parts))
    for rows, values in zip(parts, found, strict=True):
        np.testing.assert_array_equal(values, choice.engine.explain(rows).values)


def test_state_brings_the_engine_back(case):
    predictor, choice, _ = case
    again = registry.restore(choice.engine.name, choice.engine.state(), lambda: predictor)
    np.testing.assert_array_equal(again.base_values, choice.engine.base_values)
    np.testing.assert_array_equal(again.explain(X[:9]).values, choice.engine.explain(X[:9]).values)
    assert again.output_space == choice.engine.output_space
    assert again.feature_perturbation == choice.engine.feature_perturbation


@pytest.mark.parametrize("case", marked(TAKES_CSR), indirect=True)
def test_18_sparse_rows_give_the_values_of_dense_ones(case):
    predictor, choice, _ = case
    dense = choice.engine.explain(X[:9]).values
    csr = sparse.csr_matrix(X[:9])
    np.testing.assert_allclose(choice.engine.explain(csr).values, dense, atol=1e-12)
    options = Options(feature_perturbation=choice.engine.feature_perturbation)
    background = table_of(sparse.csr_matrix(X[:N_BACKGROUND]))
    of_sparse = choose(predictor, background, options)
    np.testing.assert_allclose(of_sparse.engine.explain(csr).values, dense, atol=1e-12)


@functools.cache
def chosen(name):
    predictor = predictor_of(model_of(name))
    return predictor, choose(predictor, table_of(X[:N_BACKGROUND]))


@pytest.mark.parametrize(
    "names", [list(MODELS), pytest.param(list(NETWORKS), marks=pytest.mark.networks)]
)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), scale=st.sampled_from([1e-3, 1.0, 50.0]))
def test_sums_hold_on_rows_of_any_kind(names, seed, scale):
    rng = np.random.default_rng(seed)
    rows = np.round(scale * rng.normal(size=(5, 6)), 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in names:
            predictor, choice = chosen(name)
            outputs = choice.engine.explain(rows).outputs()
            error = choice.additivity_error(predictor, rows, outputs)
            assert error.max() <= tolerance(choice) * max(1.0, float(np.abs(outputs).max()))


def test_an_engine_knows_its_own_model(case):
    predictor, choice, kind = case
    rows = np.random.default_rng(0).normal(size=(32, 6))
    assert registry.explains(choice.engine, predictor, rows)
    for other, its_kind in KINDS.items():
        if its_kind == kind and model_of(other) is not predictor.model:
            assert not registry.explains(choice.engine, predictor_of(model_of(other)), rows)


def test_refusals_carry_their_reasons():
    with pytest.raises(UnsupportedModelError) as caught:
        choose(predictor_of(LogisticRegression().fit(X, Y)), table_of(X), rows=[
            row for row in registry.ENGINES if row.name in {"tree", "catboost"}
        ])  # fmt: skip
    assert "tree: sklearn.linear_model._logistic.LogisticRegression is not" in str(caught.value)
    assert "catboost: sklearn.linear_model._logistic.LogisticRegression is not" in str(caught.value)


def test_linear_leaves_are_refused_with_the_reason():
    model = LGBMRegressor(n_estimators=2, linear_tree=True, verbose=-1).fit(X, Y)
    choice_of_trees = [row for row in registry.ENGINES if row.name == "tree"]
    with pytest.raises(UnsupportedModelError, match="linear_tree"):
        choose(predictor_of(model), table_of(X), rows=choice_of_trees)


def test_an_engine_whose_sums_are_wrong_is_refused():
    # A custom link: the additive score is right, but `predict` is not a function of it any more.
    class Shifted(Ridge):
        def predict(self, rows):
            return super().predict(rows) + rows[:, 0] ** 2

    exact = [row for row in registry.ENGINES if row.name in {"tree", "linear"}]
    with pytest.raises(UnsupportedModelError, match="its sums differ from the output"):
        choose(predictor_of(Shifted().fit(X, Y)), table_of(X), rows=exact)


def test_a_random_forest_of_lightgbm_is_averaged():
    settings = {"boosting_type": "rf", "bagging_freq": 1, "bagging_fraction": 0.6, "verbose": -1}
    model = LGBMClassifier(n_estimators=8, **settings).fit(X, BINARY)
    found = TabularExplainer(model, X).explain_local(X)
    chance = model.predict_proba(X)[:, 1]
    sums = found.expected_values[1] + found.local_importance_values[1].sum(axis=1)
    np.testing.assert_allclose(sums, np.log(chance / (1 - chance)), atol=1e-9)


def test_an_initial_score_of_each_row_is_refused_with_the_reason():
    model = GradientBoostingRegressor(n_estimators=2, init=Ridge()).fit(X, Y)
    choice_of_trees = [row for row in registry.ENGINES if row.name == "tree"]
    with pytest.raises(UnsupportedModelError, match="differs from row to row"):
        choose(predictor_of(model), table_of(X[:1]), rows=choice_of_trees)


def test_narrow_rows_do_not_pass_for_wrong_sums():
    rows = X.astype(np.float32) + 100
    model = Ridge().fit(rows, Y)
    found = TabularExplainer(model, rows).explain_local(rows)
    assert found.quality["additivity_error_max"] <= 1e-9


def test_an_unknown_engine_in_an_artifact_is_a_typed_error():
    with pytest.raises(CorruptArtifactError, match="warp"):
        registry.row_named("warp")


def test_bagged_trees_are_explained_as_one_forest():
    for model in (MODELS["bagging"][0], MODELS["voting"][0], MODELS["one versus rest"][0]):
        for options in GAMES:
            choice = choose(predictor_of(model), table_of(X[:N_BACKGROUND]), options)
            (member,) = choice.engine.members
            assert member.engine.name == "tree"
            assert repr(member.engine).startswith("<TreeEngine: ")


# Engines that only explainers of their own ask for.
ON_REQUEST = {
    "lime": (LIMEExplainer, {}),
    "mimic": (MimicExplainer, {"explainable_model": LGBMExplainableModel}),
}
# Models that they are asked of, and others with answers of the same kind.
ASKED_OF = {
    "logistic": "lightgbm binary",
    "lightgbm regression": "neighbours regression",
    "neighbours": "lightgbm classes",
}


def requested(engine, name):
    explainer_of, arguments = ON_REQUEST[engine]
    return explainer_of(model_of(name), X, **arguments, seed=3)


once = functools.cache(requested)


@pytest.fixture(params=[(e, name) for e in ON_REQUEST for name in ASKED_OF], ids="-".join)
def on_request(request):
    return request.param, once(*request.param)


def test_every_row_on_request_has_its_explainer_here():
    assert set(ON_REQUEST) == {row.name for row in registry.ON_REQUEST}
    for row in registry.ON_REQUEST:
        refusal = row.build(predictor_of(model_of("logistic")), table_of(X), Options())
        assert refusal == Refusal(row.name, refusal.reason)
        assert ON_REQUEST[row.name][0].__name__ in refusal.reason


def test_on_request_axes_and_what_sums_lack_are_reported(on_request):
    (name, _), explainer = on_request
    engine, predictor = explainer.choice.engine, explainer.subject.estimator
    assert (engine.name, explainer.choice.row) == (name, registry.row_named(name))
    assert engine.tolerance == np.inf
    n_outputs = len(engine.base_values)
    assert engine.explain(X[:7]).values.shape == (7, 6, n_outputs)
    assert engine.explain(X[:0]).values.shape == (0, 6, n_outputs)
    own = explainer.choice.row.scores(engine, predictor, X[:7])
    assert own.shape == (7, n_outputs)
    missing = np.abs(engine.explain(X[:7]).outputs() - own).max()
    found = explainer.explain_local(X[:7])
    assert found.quality["additivity_error_max"] == pytest.approx(missing, rel=1e-9)
    assert {key: found.quality[key] for key in engine.quality} == dict(engine.quality)


def test_on_request_rows_are_not_modified_and_threads_answer_as_one(on_request):
    _, explainer = on_request
    rows = X[:40].copy()
    rows.flags.writeable = False
    alone = explainer.choice.engine.explain(rows).values
    np.testing.assert_array_equal(rows, X[:40])
    parts = [rows[start : start + 5] for start in range(0, 40, 5)]
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda part: explainer.choice.engine.explain(part).values, parts)
        np.testing.assert_array_equal(np.concatenate(list(found)), alone)


def test_on_request_25_two_explainers_of_a_seed_are_equal(on_request):
    case, explainer = on_request
    again, first = (made.explain_local(X[:9]) for made in (requested(*case), explainer))
    np.testing.assert_array_equal(again.local_importance_values, first.local_importance_values)
    np.testing.assert_array_equal(again.expected_values, first.expected_values)


def test_on_request_state_brings_the_engine_back(on_request):
    (name, _), explainer = on_request
    engine, predictor = explainer.choice.engine, explainer.subject.estimator
    again = registry.restore(name, engine.state(), lambda: predictor)
    np.testing.assert_array_equal(again.base_values, engine.base_values)
    np.testing.assert_array_equal(again.explain(X[:9]).values, engine.explain(X[:9]).values)
    assert again.output_space == engine.output_space
    assert again.feature_perturbation == engine.feature_perturbation
    assert again.quality == engine.quality


def test_on_request_an_engine_knows_its_own_model(on_request):
    (_, name), explainer = on_request
    engine = explainer.choice.engine
    assert registry.explains(engine, explainer.subject.estimator, X[:32])
    for other in (ASKED_OF[name], *(ASKED_OF.keys() - {name})):
        assert not registry.explains(engine, predictor_of(model_of(other)), X[:32])


@pytest.mark.parametrize("explainer_of", [KernelExplainer, LIMEExplainer])
@pytest.mark.parametrize("unit", [1e-9, 1e9])
def test_answers_are_compared_in_their_own_unit(explainer_of, unit):
    def model(rows, *, other=0.0):
        return unit * (1.0 + np.tanh(rows[:, 0]) + other * rows[:, 1])

    engine = explainer_of(model, X[:20]).choice.engine
    # What another machine rounds is no other model.
    for other, is_its_own in ((0.0, True), (1e-9, True), (1e-3, False)):
        asked = Predictor(functools.partial(model, other=other), "regression", None)
        assert registry.explains(engine, asked, X[:20]) is is_its_own
