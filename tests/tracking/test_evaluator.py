from __future__ import annotations

import json
import logging
import random
import subprocess
import sys
import warnings

import mlflow
import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMRegressor
from mlflow.exceptions import MlflowException
from mlflow.models import EvaluationResult
from mlflow.protos.databricks_pb2 import PERMISSION_DENIED
from mlflow.tracking.fluent import last_active_run
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from xgboost import XGBClassifier

from examples import mortgage
from mlflow_explain import ExplanationClient, TabularExplainer
from mlflow_explain.artifact.fitted import trusted_types
from mlflow_explain.data import time_limit
from mlflow_explain.errors import InvalidInputError, OutOfPredictionsError
from mlflow_explain.tracking import log
from mlflow_explain.tracking.evaluation import model as evaluated_model
from mlflow_explain.tracking.evaluation import options as evaluator_options
from mlflow_explain.tracking.evaluation.metered import Metered
from mlflow_explain.tracking.evaluator import ExplainEvaluator
from mlflow_explain.tracking.runs.failures import typed
from tests import small

pytestmark = [
    # MLflow's own advice on columns of whole numbers in the data, and its own calls of pandas.
    pytest.mark.filterwarnings("ignore:Hint. Inferred schema contains integer:UserWarning"),
    pytest.mark.filterwarnings("ignore:Starting with pandas version 4.0 all arguments of all"),
    pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.drop is deprecated"),
]

ROWS = small.FRAME
NUMBERS = ROWS.assign(y=small.NUMBERS)
LABELS = ROWS.assign(y=small.LABELS)
# The default evaluator would run MLflow's own explainer, which takes long.
QUIET = {"log_model_explainability": False}
NAMED = {"evaluators": "mlflow_explain"}


def twice_a(rows):
    return 2.0 * rows["a"].to_numpy()


def evaluated(model, data=NUMBERS, kind="regressor", config=None, **arguments):
    arguments = {"targets": "y", **NAMED, **arguments}
    return mlflow.models.evaluate(
        model, data, model_type=kind, evaluator_config=config, **arguments
    )


def records(run_id=None):
    client = ExplanationClient.from_run_id(run_id or last_active_run().info.run_id)
    return client.list_model_explanations()


def kept(**options):
    client = ExplanationClient.from_run_id(last_active_run().info.run_id)
    return client.download_model_explanation(**options)


def loaded(model, folder, **arguments):
    kind = type(model).__module__.split(".")[0]
    if kind == "sklearn":
        arguments["skops_trusted_types"] = trusted_types(model)
    getattr(mlflow, kind).save_model(model, str(folder), pip_requirements=["mlflow"], **arguments)
    return mlflow.pyfunc.load_model(str(folder))


class Counted:
    """A function that counts the rows it is asked for, and never sees another column."""

    def __init__(self, function=twice_a, columns=("a", "b", "c")):
        self.function, self.columns, self.rows = function, list(columns), 0

    def __call__(self, rows):
        assert list(rows.columns) == self.columns
        self.rows += len(rows)
        return self.function(rows)


# ---------------------------------------------------------------- the plugin


def test_mlflow_knows_it_by_name_and_loads_it_late():
    code = (
        "import sys, mlflow; before = [m for m in sys.modules if m.startswith('mlflow_explain')];"
        "names = mlflow.models.list_evaluators();"
        "heavy = {'shap', 'numba', 'lightgbm', 'mlflow_explain.tracking.evaluation.whole'};"
        "print(before, 'mlflow_explain' in names, heavy & set(sys.modules))"
    )
    printed = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert printed.strip() == "[] True set()"


@pytest.mark.parametrize("kind", ["text", "question-answering", "retriever", None])
def test_other_kinds_of_models_are_not_its(kind):
    assert not ExplainEvaluator.can_evaluate(model_type=kind, evaluator_config={})


def test_every_option_is_documented():
    documented = [
        f"\n    {name} : " in ExplainEvaluator.__doc__ for name in evaluator_options.KNOWN
    ]
    assert all(documented)
    assert evaluator_options.SWITCH in ExplainEvaluator.__doc__


# ---------------------------------------------------------------- what is evaluated


def test_a_logged_pipeline_of_mixed_columns_is_explained(
    tracking_store, pipeline, applications, explanation
):
    info = mlflow.sklearn.log_model(
        pipeline, name="model", skops_trusted_types=trusted_types(pipeline),
        pip_requirements=["mlflow"], signature=mortgage.signature_of(pipeline, applications.test),
    )  # fmt: skip
    data = applications.test.assign(y=applications.test_y)
    given = data.copy(deep=True)
    result = evaluated(info.model_uri, data, "classifier")
    pd.testing.assert_frame_equal(data, given)
    found = kept()
    assert (found.method, found.model_type) == (explanation.method, explanation.model_type)
    assert found.features == explanation.features
    assert found.engineered.num_features == explanation.engineered.num_features
    np.testing.assert_allclose(
        found.local_importance_values, explanation.local_importance_values, rtol=1e-9, atol=1e-12
    )
    assert found.true_y.tolist() == applications.test_y.tolist()
    (record,) = records()
    assert record["model_uri"] == f"models:/{info.model_id}"
    run = mlflow.get_run(last_active_run().info.run_id)
    assert result.metrics["explain/additivity_error_max"] <= 1e-9
    assert result.metrics.items() <= run.data.metrics.items()


def test_models_of_other_flavours_are_looked_into(tracking_store, tmp_path):
    boosting = LGBMRegressor(n_estimators=5, verbose=-1).fit(ROWS, small.NUMBERS)
    evaluated(loaded(boosting, tmp_path / "lightgbm"))
    assert (kept().method, kept().model_type) == ("tree", "LGBMRegressor")
    assert kept().true_y.tolist() == small.NUMBERS.tolist()
    evaluated(loaded(boosting.booster_, tmp_path / "booster"))
    assert (kept().method, kept().model_type) == ("tree", "Booster")
    boosting = XGBClassifier(n_estimators=5).fit(ROWS, small.LABELS)
    evaluated(loaded(boosting, tmp_path / "xgboost"), LABELS, "classifier")
    assert (kept().method, kept().model_type) == ("tree", "XGBClassifier")


@pytest.mark.parametrize("name", ["pair", "quiet"])
def test_a_pair_is_explained_as_the_model_inside(
    tracking_store, saved, applications, explanation, name
):
    data = applications.test.assign(y=applications.test_y)
    evaluated(mlflow.pyfunc.load_model(str(saved[name])), data, "classifier")
    np.testing.assert_allclose(
        kept().local_importance_values, explanation.local_importance_values, rtol=1e-9, atol=1e-12
    )


def test_an_explainer_without_a_model_is_a_warning(tracking_store, saved, applications):
    data = applications.test.assign(y=applications.test_y)
    with pytest.warns(UserWarning, match="goes on without an explanation"):
        result = evaluated(mlflow.pyfunc.load_model(str(saved["alone"])), data, "classifier")
    assert (result.metrics, result.artifacts) == ({}, {})


def test_arrays_are_explained_with_the_names_given(tracking_store, tmp_path):
    model = loaded(LogisticRegression().fit(small.ROWS, small.LABELS), tmp_path / "model")
    names = ["first", "second", "third"]
    evaluated(model, small.ROWS, "classifier", targets=small.LABELS, feature_names=names)
    assert kept().features == tuple(names)
    np.testing.assert_array_equal(kept().eval_data, small.ROWS)


def test_transformers_that_mix_columns_are_asked_from_outside(tracking_store, tmp_path):
    mixing = make_pipeline(PCA(2), LinearRegression()).fit(ROWS, small.NUMBERS)
    evaluated(loaded(mixing, tmp_path / "model"))
    found = kept()
    assert (found.method, found.features) == ("kernel", ("a", "b", "c"))
    assert "asked from outside" in found.comment
    truth = TabularExplainer(mixing.predict, ROWS).explain_global(ROWS)
    np.testing.assert_allclose(
        found.local_importance_values, truth.local_importance_values, atol=1e-9
    )


@pytest.fixture
def two_columns(tmp_path):
    with warnings.catch_warnings():
        # Of pickled Python models.
        warnings.simplefilter("ignore")

        class TwoColumns(mlflow.pyfunc.PythonModel):
            def predict(self, context, model_input: pd.DataFrame, params=None):
                return pd.DataFrame({"value": twice_a(model_input), "words": "because"})

        mlflow.pyfunc.save_model(
            str(tmp_path / "two"), python_model=TwoColumns(), pip_requirements=["mlflow"]
        )
        return mlflow.pyfunc.load_model(str(tmp_path / "two"))


def test_the_output_that_is_evaluated_is_the_one_explained(tracking_store, two_columns):
    evaluated(two_columns, predictions="value")
    found = kept()
    assert (found.method, found.model_type) == ("kernel", "PyFuncModel")
    expected = 2.0 * (small.ROWS[:, 0] - small.ROWS[:, 0].mean())
    np.testing.assert_allclose(found.local_importance_values[:, 0], expected, atol=1e-9)
    np.testing.assert_allclose(found.local_importance_values[:, 1:], 0.0, atol=1e-9)


def test_several_outputs_need_a_name(tracking_store, two_columns):
    with pytest.warns(UserWarning, match=r"the columns value, words.*`predictions=`"):
        evaluated(two_columns)
    assert records() == []


@pytest.mark.parametrize(
    "two",
    [
        lambda score: pd.DataFrame({"label": (score > 0) * 1, "p": 1 / (1 + np.exp(-score))}),
        lambda score: pd.DataFrame({"score": score, "confidence": 0.9}),
        lambda score: np.c_[-score, score],
    ],
)
def test_two_numbers_that_are_no_probabilities_need_a_name(tracking_store, two):
    with pytest.warns(UserWarning, match=r"or probabilities; got .*`predictions=`"):
        evaluated(lambda rows: two(rows["b"].to_numpy()), LABELS, "classifier")
    assert records() == []


def test_a_label_beside_its_probability_is_explained_by_its_name(tracking_store):
    def both(rows):
        return pd.DataFrame({"label": (rows["b"] > 0).astype(int), "p": 0.7})

    evaluated(both, LABELS, "classifier", predictions="label")
    assert (kept().method, kept().get_ranked_global_names()[0]) == ("pfi", "b")
    assert kept().eval_y_predicted.tolist() == (ROWS["b"] > 0).astype(int).tolist()


def test_numbers_among_objects_are_numbers(tracking_store):
    evaluated(lambda rows: twice_a(rows).astype(object))
    found = kept()
    assert (found.method, found.get_ranked_global_names()[0]) == ("kernel", "a")
    expected = 2.0 * (small.ROWS[:, 0] - small.ROWS[:, 0].mean())
    np.testing.assert_allclose(found.local_importance_values[:, 0], expected, atol=1e-9)


def test_a_model_that_draws_at_random_does_not_shift_the_users_numbers(tracking_store):
    def noisy(rows):
        return twice_a(rows) + 1e-9 * np.random.random(len(rows)) + 0 * random.random()  # noqa: NPY002, S311

    # MLflow itself draws the names of new runs.
    with mlflow.start_run():
        before = random.getstate(), np.random.get_state()[1].tolist()  # noqa: NPY002
        evaluated(noisy)
        assert (random.getstate(), np.random.get_state()[1].tolist()) == before  # noqa: NPY002
        assert len(records(mlflow.active_run().info.run_id)) == 1


def test_a_function_of_probabilities_is_asked_for_them(tracking_store):
    model = LogisticRegression().fit(ROWS, small.LABELS)
    evaluated(lambda rows: model.predict_proba(rows)[:, 1], LABELS, "classifier")
    found = kept()
    assert (found.method, found.model_type) == ("kernel", "function")
    assert (found.output_space, found.classes) == ("probability", (0, 1))
    chances = model.predict_proba(ROWS)
    sums = np.array(found.expected_values) + found.local_importance_values.sum(axis=2).T
    np.testing.assert_allclose(sums, chances, atol=1e-9)
    np.testing.assert_allclose(found.eval_y_predicted_proba, chances, atol=1e-12)
    assert found.eval_y_predicted.tolist() == model.predict(ROWS).tolist()


def test_a_function_of_labels_is_scored_by_the_targets(tracking_store):
    words = np.where(ROWS["b"] > 0, "yes", "no")
    evaluated(lambda rows: np.where(rows["b"] > 0, "yes", "no"), ROWS.assign(y=words), "classifier")
    found = kept()
    assert found.method == "pfi"
    assert found.global_.measure == "decrease of accuracy"
    assert found.get_ranked_global_names()[0] == "b"
    assert found.get_feature_importance_dict()["a"] == 0.0
    assert found.quality["baseline_score"] == 1.0


def test_many_columns_are_permuted(tracking_store, rng):
    wide = pd.DataFrame(rng.normal(size=(50, 12))).rename(columns="c{}".format)
    result = evaluated(lambda rows: 3.0 * rows["c4"].to_numpy(), wide.assign(y=wide["c4"]))
    found = kept()
    assert (found.method, found.get_ranked_global_names()[0]) == ("pfi", "c4")
    assert found.global_.measure == "increase of mean_squared_error"
    assert result.metrics["explain/pfi/n_repeats"] == 5


@pytest.mark.parametrize("words", [False, True])
def test_labels_without_a_model_are_explained_by_a_surrogate(tracking_store, words):
    predictions = np.where(ROWS["a"] > 0, "yes", "no") if words else (ROWS["a"] > 0).astype(int)
    data = LABELS.assign(p=predictions, y=predictions).set_axis(range(1000, 1090), axis=0)
    result = evaluated(None, data, "classifier", predictions="p")
    found = kept()
    assert (found.method, found.model_type) == ("mimic", "predictions")
    assert found.features == ("a", "b", "c")
    assert found.get_ranked_global_names()[0] == "a"
    assert found.eval_y_predicted.tolist() == list(predictions)
    assert found.rows.ids.tolist() == list(range(1000, 1090))
    assert found.eval_data.index.tolist() == list(range(1000, 1090))
    assert result.metrics["explain/fidelity_agreement"] >= 0.9
    assert "No model was given" in found.comment


def test_numbers_without_a_model_honour_the_feature_names(tracking_store):
    data = NUMBERS.assign(p=2.0 * ROWS["a"])
    result = evaluated(None, data, predictions="p", feature_names=["a", "b"])
    assert kept().features == ("a", "b")
    assert kept().eval_y_predicted.tolist() == data["p"].tolist()
    assert 0 < result.metrics["explain/fidelity_r2"] <= 1


def test_without_a_model_nothing_else_than_a_surrogate_is_offered(tracking_store):
    with pytest.warns(UserWarning, match="no model to ask"):
        evaluated(None, NUMBERS.assign(p=1.0), predictions="p", config={"explainer": "kernel"})


@pytest.mark.parametrize("explainer", ["kernel", "mimic", "pfi"])
def test_an_explainer_can_be_chosen(tracking_store, tmp_path, explainer):
    model = loaded(LinearRegression().fit(ROWS, small.NUMBERS), tmp_path / "model")
    evaluated(model, config={"explainer": explainer, "comment": "Mine."})
    found = kept()
    assert (found.method, found.model_type) == (explainer, "LinearRegression")
    assert found.get_ranked_global_names()[0] == "b"
    assert found.comment.startswith("Mine. Made by mlflow.evaluate.")


# ---------------------------------------------------------------- what it costs


def test_a_function_is_asked_for_a_bounded_number_of_rows(tracking_store):
    function = Counted()
    evaluated(function)
    # All coalitions of three columns for 90 rows and 90 of the background, at the most.
    assert 0 < function.rows <= 3 * 90 + 90 * 90 * 2**3
    function = Counted()
    evaluated(function, config={"explainer": "pfi"})
    assert 0 < function.rows <= 90 + 90 + 90 * 3 * 5
    function = Counted()
    evaluated(function, config={"explainer": "mimic"})
    assert 0 < function.rows <= 90 * (11 + 4)


def test_no_more_than_the_predictions_allowed_are_made(tracking_store):
    function = Counted()
    with pytest.warns(UserWarning, match=r"explained \d+ of 90 rows .* max_predictions=10,000"):
        evaluated(function, config={"explainer": "kernel", "max_predictions": 10_000})
    assert function.rows <= 10_000
    found = kept()
    assert 0 < found.num_examples < 90
    assert found.quality["n_evaluation_rows"] == 90
    assert found.quality["n_sampled_rows"] == found.num_examples
    ids = found.rows.ids
    assert (np.diff(ids) > 0).all()
    pd.testing.assert_frame_equal(found.eval_data, ROWS.loc[ids])
    assert found.true_y.tolist() == small.NUMBERS[ids].tolist()


@pytest.mark.parametrize("explainer", ["kernel", "pfi"])
def test_where_the_predictions_do_not_suffice_nothing_is_explained(tracking_store, explainer):
    function = Counted()
    with pytest.warns(UserWarning, match="max_predictions"):
        evaluated(function, config={"explainer": explainer, "max_predictions": 150})
    assert function.rows <= 150
    assert records() == []


def test_rows_are_drawn_where_there_are_more_than_wanted(tracking_store, tmp_path):
    model = loaded(LinearRegression().fit(small.ROWS, small.NUMBERS), tmp_path / "model")
    evaluated(model, small.ROWS, targets=small.NUMBERS, config={"max_rows": 7})
    found = kept()
    assert found.num_examples == 7
    np.testing.assert_array_equal(found.eval_data, small.ROWS[found.rows.ids])
    assert found.true_y.tolist() == small.NUMBERS[found.rows.ids].tolist()
    assert found.quality["n_evaluation_rows"] == 90


@pytest.fixture
def clock(monkeypatch):
    """A clock that only moves when it is told to."""
    now = [0.0]
    monkeypatch.setattr(time_limit, "clock", lambda: now[0])
    return now


def test_a_budget_overrun_keeps_what_was_explained_until_then(tracking_store, clock):
    def slow(rows):
        clock[0] += 0.0005 * len(rows)
        return twice_a(rows)

    with pytest.warns(UserWarning, match=r"explained \d+ of 90 rows within max_seconds=5 "):
        result = evaluated(slow, config={"explainer": "kernel", "max_seconds": 5.0})
    found = kept()
    assert 0 < found.num_examples < 90
    assert result.metrics["explain/n_sampled_rows"] == found.num_examples
    assert clock[0] <= 6.0


def test_a_slow_function_is_explained_in_the_way_that_its_time_allows(tracking_store, clock):
    def slow(rows):
        # The first call loads something.
        clock[0] += 0.005 * len(rows) + (2.0 if clock[0] == 0.0 else 0.0)
        return twice_a(rows)

    with pytest.warns(UserWarning, match=r"explained \d+ of 90 rows within max_seconds=10 "):
        evaluated(slow, config={"max_seconds": 10.0})
    assert kept().method == "pfi"
    assert 30 <= kept().num_examples < 90
    assert clock[0] <= 10.0


@pytest.mark.parametrize("explainer", ["auto", "kernel", "pfi"])
def test_a_model_too_slow_for_the_budget_is_a_warning(tracking_store, clock, explainer):
    def slow(rows):
        clock[0] += 1.0 * len(rows)
        return twice_a(rows)

    with pytest.warns(UserWarning, match=r"goes on without an explanation.*max_seconds|seconds"):
        result = evaluated(slow, config={"explainer": explainer, "max_seconds": 5.0})
    assert result.metrics == {}
    assert clock[0] <= 16.0


def test_predictions_for_the_explanation_leave_no_traces(tracking_store):
    traced = mlflow.trace(twice_a)
    evaluated(traced)
    assert len(records()) == 1
    assert mlflow.search_traces(return_type="list") == []


def test_a_metered_function_refuses_before_it_asks():
    asked = []
    function = Metered(lambda rows: asked.append(len(rows)) or rows[:, 0], most=10)
    function(small.ROWS[:8])
    with pytest.raises(OutOfPredictionsError, match="at most 10 rows"):
        function(small.ROWS[:3])
    assert (asked, function.left) == ([8], 2)


# ---------------------------------------------------------------- beside others


def test_it_composes_with_the_default_evaluator(tracking_store, tmp_path):
    model = loaded(LinearRegression().fit(ROWS, small.NUMBERS), tmp_path / "model")
    alone = evaluated(model, evaluators="default", config=QUIET)
    both = evaluated(model, evaluators=["default", "mlflow_explain"], config={"default": QUIET})
    ours = {k: v for k, v in both.metrics.items() if k.startswith("explain/")}
    assert ours
    assert {k: v for k, v in both.metrics.items() if k not in ours} == alone.metrics
    assert set(both.artifacts) - set(alone.artifacts) == {
        "explanation_report", "explanation_summary", "explanation_importance",
    }  # fmt: skip
    assert mlflow.get_run(last_active_run().info.run_id).info.status == "FINISHED"


def test_installed_it_runs_where_no_evaluator_is_named(tracking_store, tmp_path):
    model = loaded(LinearRegression().fit(ROWS, small.NUMBERS), tmp_path / "model")
    config = dict.fromkeys(("regressor", "shap"), QUIET)
    result = evaluated(model, evaluators=None, config=config)
    assert {"root_mean_squared_error", "explain/additivity_error_max"} <= set(result.metrics)
    assert len(records()) == 1


def test_a_run_that_is_active_stays_so(tracking_store):
    with mlflow.start_run() as run:
        result = evaluated(twice_a)
        assert mlflow.active_run().info.run_id == run.info.run_id
        assert result.run_id == run.info.run_id
    assert len(records(run.info.run_id)) == 1


def test_a_surrogate_is_no_training_to_autologging(tracking_store):
    mlflow.autolog(silent=True)
    try:
        evaluated(None, NUMBERS.assign(p=2.0 * ROWS["a"]), predictions="p")
    finally:
        mlflow.autolog(disable=True, silent=True)
    assert len(mlflow.search_runs(output_format="list")) == 1
    assert mlflow.get_run(last_active_run().info.run_id).data.params == {}


def test_results_are_saved_and_read_again(tracking_store, tmp_path):
    result = evaluated(twice_a)
    result.save(str(tmp_path / "saved"))
    again = EvaluationResult.load(str(tmp_path / "saved"))
    assert again.metrics == result.metrics
    table = again.artifacts["explanation_importance"].content
    assert table["data"][0][table["columns"].index("feature")] == "a"
    assert again.artifacts["explanation_summary"].content.size[0] > 100
    assert "<html" in again.artifacts["explanation_report"].content
    assert json.loads((tmp_path / "saved" / "metrics.json").read_text()) == result.metrics


def test_thresholds_can_be_set_on_its_figures(tracking_store):
    result = evaluated(twice_a)
    within = mlflow.models.MetricThreshold(threshold=1e-6, greater_is_better=False)
    mlflow.validate_evaluation_results(
        candidate_result=result, baseline_result=None,
        validation_thresholds={"explain/additivity_error_max": within},
    )  # fmt: skip


# ---------------------------------------------------------------- what goes wrong


def failing(*_, **__):
    raise RuntimeError("no luck\nwith 3.14159 in row 7")


@pytest.mark.parametrize("place", ["explain", "log"])
def test_a_failure_is_a_warning_and_nothing_else(tracking_store, tmp_path, monkeypatch, place):
    model = loaded(LinearRegression().fit(ROWS, small.NUMBERS), tmp_path / "model")
    alone = evaluated(model, evaluators="default", config=QUIET)
    if place == "log":
        monkeypatch.setattr(log, "log_explanation", failing)
    else:
        monkeypatch.setattr("mlflow_explain.tracking.evaluation.whole.explain", failing)
    with pytest.warns(UserWarning, match="RuntimeError: no luck$"):
        both = evaluated(model, evaluators=["default", "mlflow_explain"], config={"default": QUIET})
    assert both.metrics == alone.metrics
    assert set(both.artifacts) == set(alone.artifacts)
    assert mlflow.get_run(last_active_run().info.run_id).info.status == "FINISHED"


def test_46_a_store_that_does_not_show_the_model_is_said(tracking_store, monkeypatch):
    with mlflow.start_run():
        info = mlflow.sklearn.log_model(
            LinearRegression().fit(ROWS, small.NUMBERS), name="model", pip_requirements=["mlflow"]
        )
    model = mlflow.pyfunc.load_model(info.model_uri)

    dataset = mlflow.data.from_pandas(NUMBERS, targets="y").to_evaluation_dataset()

    def refuses(*_):
        raise MlflowException("not you", error_code=PERMISSION_DENIED)

    with monkeypatch.context() as patch:
        patch.setattr("mlflow.tracking.client.MlflowClient.get_logged_model", refuses)
        with pytest.warns(UserWarning, match="StoreAccessError: .* show the model .* not you"):
            result = ExplainEvaluator().evaluate(
                model_type="regressor", dataset=dataset, run_id=info.run_id, evaluator_config={},
                model=model,
            )  # fmt: skip
    assert result.metrics == {}


def test_passwords_of_a_store_are_in_no_warning(tracking_store, monkeypatch):
    def away(*_, **__):
        with typed("take the explanation"):
            raise MlflowException("no answer of http://user:s3cr3t@127.0.0.1:9/api")

    monkeypatch.setattr(log, "log_explanation", away)
    with pytest.warns(UserWarning, match="no answer of") as told:
        evaluated(twice_a)
    assert not any("s3cr3t" in str(warning.message) for warning in told)


def test_a_model_that_fails_is_a_warning(tracking_store):
    with pytest.warns(UserWarning, match="goes on without an explanation. RuntimeError: no luck"):
        evaluated(failing)


def test_a_model_that_fails_on_mixed_rows_is_quoted(tracking_store):
    def choosy(rows):
        if len(rows) > len(ROWS):
            raise ValueError("too many for me\nwith 3.14159 in row 7")
        return twice_a(rows)

    with pytest.warns(UserWarning, match="ValueError: too many for me$"):
        evaluated(choosy)
    assert records() == []


def test_where_warnings_are_errors_the_evaluation_goes_on_too(tracking_store, caplog):
    # As they are in all of these tests.
    with warnings.catch_warnings(), caplog.at_level(logging.WARNING):
        warnings.simplefilter("error", UserWarning)
        warnings.filterwarnings("ignore", message="Hint")
        result = evaluated(twice_a, config={"max_rows": "many"})
    assert result.metrics == {}
    assert "Expected max_rows to be a whole number of at least 1" in caplog.text


def test_unknown_options_are_named_with_the_known(tracking_store):
    with pytest.warns(UserWarning, match="options max_row, speed .* not known; it knows enabled"):
        evaluated(twice_a, config={"max_row": 10, "speed": 3, "pos_label": 1})
    assert len(records()) == 1


@pytest.mark.parametrize(
    "config",
    [
        {"max_rows": 0}, {"max_seconds": 0}, {"max_seconds": "1"}, {"max_seconds": float("inf")},
        {"max_predictions": 1.5}, {"explainer": "best"}, {"enabled": "no"}, {"top_k": -1},
        {"comment": 3}, {"log_explanations": None}, {"mlflow_explain": {"max_rows": -1}}, "auto",
    ],
)  # fmt: skip
def test_options_of_the_wrong_kind_are_refused(config):
    with pytest.raises(InvalidInputError):
        evaluator_options.read(config)


# ---------------------------------------------------------------- switches


@pytest.mark.parametrize(
    "config", [{"enabled": False}, {"mlflow_explain": {"enabled": False}}, QUIET]
)
def test_it_is_turned_off_by_its_configuration(tracking_store, config):
    function = Counted()
    result = evaluated(function, config=config)
    assert (result.metrics, result.artifacts, function.rows) == ({}, {}, 0)
    assert records() == []


@pytest.mark.parametrize("word", ["false", "0", "No", " OFF "])
def test_it_is_turned_off_by_the_environment(tracking_store, monkeypatch, word):
    monkeypatch.setenv("MLFLOW_EXPLAIN_EVALUATOR", word)
    assert evaluated(twice_a).metrics == {}
    assert evaluated(twice_a, config={"enabled": True}).metrics != {}


def test_figures_can_be_had_without_keeping_anything(tracking_store):
    result = evaluated(twice_a, config={"log_explanations": False})
    assert result.metrics["explain/additivity_error_max"] <= 1e-9
    assert result.artifacts == {}
    assert records() == []


def test_rows_can_be_left_out_and_columns_too(tracking_store):
    evaluated(twice_a, config={"include_data": False, "top_k": 2})
    found = kept()
    assert found.num_features == 2
    assert found.rows is None or found.eval_data is None


def test_a_top_k_of_0_keeps_all_columns(tracking_store):
    evaluated(twice_a, config={"top_k": 0})
    assert (kept().num_features, kept().num_left_out) == (3, 0)


def test_training_rows_can_stand_for_absent_features(tracking_store):
    zeros = pd.DataFrame(np.zeros((4, 3)), columns=list("abc"))
    evaluated(twice_a, config={"initialization_examples": zeros})
    assert kept().expected_values == [0.0]
    np.testing.assert_allclose(kept().local_importance_values[:, 0], 2.0 * small.ROWS[:, 0])


@pytest.mark.parametrize(
    "examples",
    [NUMBERS[["y", "c", "b", "a"]], small.ROWS, small.ROWS.astype(object), small.ROWS.tolist()],
)
@pytest.mark.parametrize("inside", [False, True])
def test_training_rows_have_the_columns_that_are_evaluated(
    tracking_store, tmp_path, examples, inside
):
    model = twice_a
    if inside:
        model = loaded(LinearRegression().fit(ROWS, twice_a(ROWS)), tmp_path / "model")
    evaluated(model, config={"initialization_examples": examples, "log_explanations": True})
    assert kept().features == ("a", "b", "c")
    expected = 2.0 * (small.ROWS[:, 0] - small.ROWS[:, 0].mean())
    np.testing.assert_allclose(kept().local_importance_values[:, 0], expected, atol=1e-9)


@pytest.mark.parametrize(
    ("examples", "got"),
    [(ROWS[["a", "c"]], "none of the name b"), (small.ROWS[:, :2], "2 columns")],
)
def test_training_rows_of_other_columns_are_refused(tracking_store, examples, got):
    with pytest.warns(UserWarning, match=f"initialization_examples .* a, b, c; got {got}"):
        evaluated(twice_a, config={"initialization_examples": examples})
    assert records() == []


# ---------------------------------------------------------------- reading answers


@pytest.mark.parametrize(
    ("given", "column", "expected"),
    [
        ([1.0, 2.0], None, [1.0, 2.0]),
        (pd.DataFrame({"a": [1, 2]}), None, [1, 2]),
        (pd.DataFrame({"a": [1, 2], "b": [3, 4]}), "b", [3, 4]),
        (pd.DataFrame({"a": [0.1, 0.2], "b": [0.9, 0.8]}), None, [[0.1, 0.9], [0.2, 0.8]]),
        ([{"a": 1, "b": "x"}, {"a": 2, "b": "y"}], "a", [1, 2]),
        ({"a": [1, 2]}, None, [1, 2]),
        (np.array([[1.0], [2.0]]), None, [1.0, 2.0]),
        (np.array([1, 2.5], dtype=object), None, [1.0, 2.5]),
        (np.array([[0, 1], [0.5, 0.5]], dtype=object), None, [[0.0, 1.0], [0.5, 0.5]]),
        (np.array(["x", "y"], dtype=object), None, ["x", "y"]),
        ([None, None], None, [None, None]),
    ],
)
def test_answers_of_any_shape_are_arrays(given, column, expected):
    assert evaluated_model.answers_of(given, column).tolist() == expected


@pytest.mark.parametrize(
    ("answer", "targets", "kind", "classes"),
    [
        (np.array([0, 1]), np.array([0, 1, 2]), "FunctionLabels", [0, 1, 2]),
        (np.array([0.0, 1.0]), np.array([0, 1]), "FunctionLabels", [0, 1]),
        (np.array([1.5, 2.5]), np.array([1.5, 2.5]), "FunctionLabels", [1.5, 2.5]),
        (np.array(["x", "y"], dtype=object), np.array([0, 1]), "FunctionLabels", ["x", "y"]),
        (np.array([0.2, 0.9]), np.array(["no", "yes"]), "FunctionClassifier", ["no", "yes"]),
        (np.array([0.2, 0.9]), None, "FunctionClassifier", [0, 1]),
        (np.full((2, 3), 1 / 3), np.array([4, 5, 6]), "FunctionClassifier", [4, 5, 6]),
        (np.full((2, 3), 1 / 3), np.array([4, 5]), "FunctionClassifier", [0, 1, 2]),
    ],
)
def test_a_classifier_is_known_by_what_it_answers(answer, targets, kind, classes):
    model = evaluated_model.as_function(len, answer, targets, "classification")
    assert (type(model).__name__, model.classes_.tolist()) == (kind, classes)


@pytest.mark.parametrize(
    ("answer", "task"),
    [
        (np.array([-3.2, 4.5]), "classification"),
        (np.zeros((2, 2)), "regression"),
        (np.array(["x"]), "regression"),
        (np.array([None], dtype=object), "regression"),
        (np.array([[-2.0, 2.0]]), "classification"),
        (np.array([[np.nan, 0.5]]), "classification"),
    ],
)
def test_scores_and_tables_are_refused(answer, task):
    with pytest.raises(InvalidInputError, match="model_type"):
        evaluated_model.as_function(len, answer, None, task)
