"""`mlflow_explain.autolog`: its settings, what undoes it, and that it never costs a training."""

from __future__ import annotations

import errno
import inspect
import logging
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import joblib
import lightgbm
import mlflow
import mlflow.models
import numpy as np
import pytest
import xgboost
from mlflow.models import Model
from mlflow.utils.autologging_utils import AUTOLOGGING_INTEGRATIONS, AutologgingEventLogger
from scipy import sparse
from sklearn.decomposition import PCA
from sklearn.ensemble import IsolationForest, VotingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

import mlflow_explain
from mlflow_explain.data import time_limit
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.tracking.runs.store import RunStore
from tests import small
from tests.tracking import autologged
from tests.tracking.autologged import Left, logistic, told


@pytest.fixture(autouse=True)
def mlflow_as_new(monkeypatch, tracking_store, recwarn):
    # `recwarn`: MLflow and scikit-learn warn of themselves while MLflow autologs.
    monkeypatch.setattr(mlflow.models, "infer_pip_requirements", lambda *_, **__: ["mlflow"])
    with autologged.undone():
        yield


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"max_rows": 0}, "max_rows to be a whole number of at least 1"),
        ({"max_seconds": 0}, "max_seconds to be a number of seconds above 0"),
        ({"max_seconds": "1 h"}, "max_seconds to be a number of seconds above 0"),
        ({"explainer": "magic"}, "explainer to be one of auto, tree, linear, kernel, mimic, lime"),
        ({"frameworks": ["keras"]}, "each of frameworks to be one of sklearn, lightgbm, xgboost"),
        ({"frameworks": "sklearn"}, r"frameworks to be a list of names; got 'sklearn'\. Pass \["),
        ({"frameworks": 3}, "frameworks to be a list of names"),
        ({"log_dashboard": "no"}, "log_dashboard to be True or False"),
    ],
)
def test_settings_are_checked(settings, text):
    with pytest.raises(InvalidInputError, match=text):
        mlflow_explain.autolog(**settings)
    assert "settings" not in AUTOLOGGING_INTEGRATIONS["mlflow_explain"]


def test_disabling_undoes_everything_and_may_be_called_twice(recwarn):
    class Loud(AutologgingEventLogger):
        """A logger of the user's."""

    theirs = Loud()
    AutologgingEventLogger.set_logger(theirs)
    log, fit = Model.__dict__["log"], LogisticRegression.fit
    try:
        for _ in range(2):
            mlflow_explain.autolog()
        assert AutologgingEventLogger.get_logger().before is theirs
        assert LogisticRegression.fit is not fit
        for _ in range(2):
            mlflow_explain.autolog(disable=True)
        assert AutologgingEventLogger.get_logger() is theirs
    finally:
        AutologgingEventLogger.set_logger(None)
    assert Model.__dict__["log"] is log
    assert LogisticRegression.fit is fit
    assert AUTOLOGGING_INTEGRATIONS["sklearn"] == {}
    logistic()
    assert Left.of_all().runs == []


def test_without_a_logger_of_the_users_mlflows_own_is_back():
    mlflow_explain.autolog()
    mlflow_explain.autolog(disable=True)
    assert AutologgingEventLogger._event_logger is None


def test_loggers_before_and_after_ours_are_told_of_everything():
    class Listening(AutologgingEventLogger):
        """A logger that calls the one before it."""

        def __init__(self):
            self.before, self.heard = AutologgingEventLogger.get_logger(), []

        def __getattribute__(self, name):
            if not name.startswith("log_"):
                return super().__getattribute__(name)
            self.heard.append(name)
            return getattr(self.before, name)

    below = Listening()
    AutologgingEventLogger.set_logger(below)
    try:
        mlflow_explain.autolog()
        above = Listening()
        AutologgingEventLogger.set_logger(above)
        logistic()
        assert len(Left.of_all().explanations) == 1
        mlflow_explain.autolog()  # on top again, and only once in effect
        logistic()
        assert len(Left.of_all().explanations) == 2
        mlflow_explain.autolog(disable=True)
        assert AutologgingEventLogger.get_logger() is above
        mlflow.sklearn.autolog()
        below.heard, above.heard = [], []
        logistic()
        assert len(Left.of_all().explanations) == 2
        assert "log_patch_function_success" in below.heard
        assert below.heard == above.heard
    finally:
        AutologgingEventLogger.set_logger(None)


def test_a_logger_above_ours_may_pass_everything_by_name(recwarn):
    class ByName(AutologgingEventLogger):
        """A logger that calls the one before it by keywords."""

        def __init__(self):
            self.before = AutologgingEventLogger.get_logger()

        def __getattribute__(self, name):
            if not name.startswith("log_"):
                return super().__getattribute__(name)
            passed = getattr(self.before, name)
            names = [*inspect.signature(getattr(AutologgingEventLogger, name)).parameters][1:]
            return lambda *event: passed(**dict(zip(names, event, strict=True)))

    try:
        mlflow_explain.autolog()
        AutologgingEventLogger.set_logger(ByName())
        logistic()
        assert len(Left.of_all().explanations) == 1
        with pytest.raises(ValueError, match="NaN"):
            LogisticRegression().fit(small.FRAME * np.nan, small.LABELS)
        logistic()
        assert len(Left.of_all().explanations) == 2
    finally:
        AutologgingEventLogger.set_logger(None)


def test_mlflow_autolog_configures_disables_and_enables_what_we_turned_on():
    mlflow_explain.autolog()
    mlflow.autolog(log_datasets=False, exclude_flavors=["tensorflow", "keras"])
    assert AUTOLOGGING_INTEGRATIONS["sklearn"]["log_datasets"] is False
    logistic()
    mlflow.autolog(disable=True, exclude_flavors=["tensorflow", "keras"])
    logistic()
    mlflow.autolog(exclude_flavors=["tensorflow", "keras"])
    logistic()
    found = Left.of_all()
    assert (len(found.runs), len(found.explanations)) == (2, 2)
    # Configured by the user since: that stays.
    mlflow_explain.autolog(disable=True)
    assert AUTOLOGGING_INTEGRATIONS["sklearn"]["disable"] is False


def test_what_the_user_configured_is_left_alone():
    mlflow.sklearn.autolog(log_models=False)
    mlflow.xgboost.autolog(disable=True)
    mlflow_explain.autolog()
    assert AUTOLOGGING_INTEGRATIONS["sklearn"]["log_models"] is False
    assert AUTOLOGGING_INTEGRATIONS["xgboost"]["disable"] is True
    logistic()
    autologged.SCENARIOS["xgboost estimator"].train()
    found = Left.of_all()
    assert [r["model_uri"] for r in found.records] == [None]
    assert [m.name for m in found.models] == ["scoring-explainer"]
    mlflow_explain.autolog(disable=True)
    assert AUTOLOGGING_INTEGRATIONS["sklearn"]["disable"] is False


def test_no_framework_is_turned_on_unasked():
    mlflow_explain.autolog(frameworks=())
    logistic()
    assert Left.of_all().runs == []
    mlflow.sklearn.autolog()
    logistic()
    assert len(Left.of_all().explanations) == 1


def test_a_framework_is_turned_on_when_it_is_first_imported():
    code = """
import sys, mlflow_explain
mlflow_explain.autolog()
from mlflow.utils.autologging_utils import AUTOLOGGING_INTEGRATIONS as known
print("xgboost" in sys.modules, bool(known.get("xgboost")))
import xgboost
print(known["xgboost"]["disable"])
mlflow_explain.autolog(disable=True)
print(known["xgboost"])
"""
    made = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert made.stdout.split() == ["False", "False", "False", "{}"]


@pytest.mark.parametrize("explainer", ["kernel", "mimic", "lime"])
def test_the_explainer_can_be_chosen(explainer, recwarn):
    mlflow_explain.autolog(explainer=explainer, max_rows=40)
    logistic()
    found = Left.of_all()
    (explanation,) = found.explanations
    assert (explanation.method, explanation.num_examples) == (explainer, 40)
    alone = {"mimic": "scoring-explainer"}
    assert [m.name for m in found.explainers] == [alone.get(explainer, "explained-model")]
    assert told(recwarn) == []


def test_a_sample_of_many_rows_keeps_ids_and_counts():
    rows = autologged.frame(500)
    labels = (rows["a"] > 0).to_numpy()
    mlflow_explain.autolog(max_rows=50)
    model = LogisticRegression().fit(rows, labels)
    (explanation,) = Left.of_all().explanations
    ids = [str(row) for row in explanation.rows.ids]
    at = rows.index.get_indexer(ids)
    assert (np.diff(at) > 0).all()
    assert explanation.eval_data.equals(rows.iloc[at])
    assert np.array_equal(explanation.true_y, labels[at])
    assert np.array_equal(explanation.eval_y_predicted, model.predict(rows.iloc[at]))
    local = mlflow_explain.LinearExplainer(model, rows).explain_local(rows.iloc[at])
    differences = local.local_importance_values - explanation.local_importance_values
    # The backgrounds are different samples, so that each column is off by one number.
    assert np.ptp(differences, axis=1) == pytest.approx(0.0, abs=1e-9)
    assert explanation.quality["n_evaluation_rows"] == 500
    assert explanation.quality["n_sampled_rows"] == 50
    assert explanation.comment == (
        "autolog: 50 of 500 training rows, drawn with seed 0 (max_rows=50)"
    )


def test_rows_are_taken_before_the_training_changes_them():
    mlflow_explain.autolog()
    autologged.SCENARIOS["regression"].train()
    (explanation,) = Left.of_all().explanations
    assert np.array_equal(explanation.eval_data, small.ROWS)
    assert np.array_equal(explanation.true_y, small.NUMBERS)


def test_report_and_scoring_explainer_can_be_left_out():
    mlflow_explain.autolog(log_dashboard=False, register_scoring_explainer=False)
    logistic()
    found = Left.of_all()
    (run,), (explanation,) = found.runs, found.explanations
    names = RunStore(run.info.run_id).names(f"explanations/{explanation.id}")
    assert "report.html" not in names
    assert "global_importance.json" in names
    assert found.explainers == []


def test_the_last_logged_model_and_random_numbers_stay_the_users():
    mlflow_explain.autolog()
    np.random.seed(0)  # noqa: NPY002 - the users' state
    logistic()
    assert mlflow.last_logged_model().name == "model"
    drawn = np.random.random()  # noqa: NPY002
    assert drawn == np.random.RandomState(0).random()


def test_a_registered_model_is_described_and_linked_with_its_explainer():
    mlflow.sklearn.autolog(registered_model_name="credit")
    mlflow_explain.autolog()
    logistic()
    client = mlflow.MlflowClient()
    model = client.get_model_version("credit", "1")
    explainer = client.get_model_version("credit-explainer", "1")
    assert "LogisticRegression relies most on" in model.description
    assert model.tags["mlflow_explain.explained_by"] == "models:/credit-explainer/1"
    assert explainer.tags["mlflow_explain.explains"] == "models:/credit/1"
    loaded = mlflow_explain.load_model("models:/credit-explainer/1")
    assert np.shape(loaded.explain(small.FRAME)) == (2, 90, 3)


def test_metrics_are_those_of_the_model_too():
    mlflow_explain.autolog()
    logistic()
    (model,) = (m for m in Left.of_all().models if m.name == "model")
    metrics = {metric.key: metric.value for metric in model.metrics}
    assert metrics["explain/additivity_error_max"] == pytest.approx(0.0, abs=1e-9)


def test_without_logged_models_boosters_are_unknown_and_pairs_are_not_logged(recwarn):
    for name in autologged.FRAMEWORKS:
        getattr(mlflow, name).autolog(log_models=False)
    mlflow_explain.autolog()
    autologged.SCENARIOS["voting"].train()
    assert [e.method for e in Left.of_all().explanations] == ["kernel"]
    assert Left.of_all().models == []
    assert told(recwarn) == []
    booster = autologged.SCENARIOS["lightgbm.train"].train()
    assert booster.num_trees() == 4
    (warning,) = told(recwarn)
    assert "the model that lightgbm.train returns" in warning
    assert "Turn on log_models" in warning


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
def test_matrices_made_before_autolog_are_read_where_they_can_be(library, recwarn):
    rows = small.FRAME.copy()
    rows.iloc[0, 0], rows.iloc[1, 1] = np.nan, 0.0
    if library == "lightgbm":
        made = lightgbm.Dataset(rows, small.LABELS)
        mlflow_explain.autolog()
        lightgbm.train({"objective": "binary", "verbose": -1}, made, 3)
    else:
        made = xgboost.DMatrix(rows, small.LABELS)
        mlflow_explain.autolog()
        xgboost.train({"objective": "binary:logistic"}, made, 3)
    (explanation,) = Left.of_all().explanations
    assert tuple(explanation.features) == ("a", "b", "c")
    assert np.array_equal(
        np.asarray(explanation.eval_data, dtype=np.float32),
        rows.to_numpy(dtype=np.float32),
        equal_nan=True,
    )
    assert np.array_equal(explanation.true_y, small.LABELS)
    assert told(recwarn) == []


def test_a_dataset_that_has_freed_its_rows_is_said(recwarn):
    rows = lightgbm.Dataset(small.FRAME, small.LABELS).construct()
    mlflow_explain.autolog()
    lightgbm.train({"objective": "binary", "verbose": -1}, rows, 3)
    (warning,) = told(recwarn)
    assert "one that has freed them" in warning
    assert Left.of_all().records == []


def test_a_training_that_raises_leaves_nothing_and_the_next_is_explained(recwarn):
    mlflow_explain.autolog()
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        LogisticRegression().fit(small.FRAME, small.LABELS[:-1])
    assert Left.of_all().records == []
    logistic()
    # A failing fit within a search does not end it.
    search = GridSearchCV(LogisticRegression(), {"C": [-1.0, 1.0]}, cv=2)
    search.fit(small.FRAME, small.LABELS)
    assert [e.model_type for e in Left.of_all().explanations] == ["LogisticRegression"] * 2
    assert told(recwarn) == []


def test_a_search_that_keeps_no_model_is_not_explained(recwarn):
    mlflow_explain.autolog()
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2, refit=False)
    search.fit(small.FRAME, small.LABELS)
    assert Left.of_all().records == []
    assert told(recwarn) == []


def test_exclusive_leaves_the_users_runs_alone():
    mlflow.sklearn.autolog()
    mlflow_explain.autolog(exclusive=True)
    with mlflow.start_run():
        logistic()
    assert Left.of_all().records == []
    logistic()
    assert len(Left.of_all().records) == 1


def test_an_explainer_that_refuses_costs_one_warning(recwarn):
    mlflow_explain.autolog(explainer="tree")
    model = logistic()
    assert model.score(small.FRAME, small.LABELS) > 0.5
    (warning,) = told(recwarn)
    assert "did not explain LogisticRegression. UnsupportedModelError" in warning
    found = Left.of_all()
    assert [run.info.status for run in found.runs] == ["FINISHED"]
    assert (found.records, [m.name for m in found.models]) == ([], ["model"])


def test_warnings_that_are_errors_cost_no_training(caplog):
    mlflow_explain.autolog(explainer="tree")
    with caplog.at_level(logging.WARNING), warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        model = logistic()
    assert model.coef_.shape == (1, 3)
    said = [r.message for r in caplog.records if r.name == "mlflow_explain.autolog"]
    assert len(said) == 1
    assert "did not explain LogisticRegression" in said[0]


@pytest.mark.parametrize("explainer", ["auto", "tree"])
def test_silent_says_nothing(explainer, recwarn, capfd):
    mlflow.create_experiment("one")  # MLflow's store says so when it is made
    mlflow_explain.autolog(silent=True, explainer=explainer)
    capfd.readouterr()
    logistic()
    assert told(recwarn) == []
    assert capfd.readouterr() == ("", "")


class Slow(LogisticRegression):
    """Takes a second of a clock for each row."""

    clock = SimpleNamespace(now=0.0)

    def predict_proba(self, X):  # noqa: N803 - scikit-learn's name
        self.clock.now += len(X)
        return super().predict_proba(X)


@pytest.fixture
def clock(monkeypatch):
    monkeypatch.setattr(Slow.clock, "now", 0.0)
    monkeypatch.setattr(time_limit, "clock", lambda: Slow.clock.now)
    return Slow.clock


def test_a_slow_explainer_gives_up_in_time(clock, recwarn):
    mlflow.sklearn.autolog(log_models=False)
    mlflow_explain.autolog(explainer="kernel", max_seconds=300)
    Slow().fit(small.FRAME, small.LABELS)
    (warning,) = told(recwarn)
    assert "did not explain Slow. OutOfTimeError: Expected an explanation within 300" in warning
    # MLflow's own metrics asked for some of the rows.
    assert clock.now < 500
    assert Left.of_all().records == []


def test_rows_that_were_reached_in_time_are_kept(clock, recwarn):
    mlflow.sklearn.autolog(log_models=False)
    mlflow_explain.autolog(explainer="kernel", max_seconds=20_000)
    Slow().fit(small.FRAME, small.LABELS)
    (explanation,) = Left.of_all().explanations
    n_rows = explanation.num_examples
    assert 5 < n_rows < 60
    assert told(recwarn) == [
        f"mlflow_explain.autolog explained {n_rows} of 90 rows of Slow within max_seconds=20000."
    ]
    ids = explanation.rows.ids
    assert (np.diff(ids) > 0).all()
    assert ids[-1] > n_rows  # no first rows, but some of all
    assert explanation.eval_data.equals(small.FRAME.iloc[ids])
    assert np.array_equal(explanation.true_y, small.LABELS[ids])
    assert explanation.quality["n_sampled_rows"] == n_rows
    assert "max_seconds=20000" in explanation.comment
    assert clock.now < 25_000


@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "full"), OSError(errno.EROFS, "read-only")]
)
def test_31_46_a_store_that_fails_costs_one_warning(error, monkeypatch, recwarn):
    log_artifact = mlflow.MlflowClient.log_artifact

    def failing(self, run_id, local_path, artifact_path=None):
        if artifact_path and artifact_path.startswith("explanations"):
            raise error
        return log_artifact(self, run_id, local_path, artifact_path)

    monkeypatch.setattr(mlflow.MlflowClient, "log_artifact", failing)
    mlflow_explain.autolog()
    logistic()
    (warning,) = told(recwarn)
    assert "did not explain LogisticRegression. StoreError" in warning
    found = Left.of_all()
    assert [run.info.status for run in found.runs] == ["FINISHED"]
    assert found.records == []


def test_46_a_scoring_explainer_that_cannot_be_logged_costs_one_warning(monkeypatch, recwarn):
    log = Model.__dict__["log"]

    def failing(cls, *args, **keywords):
        if keywords.get("name") == "scoring-explainer":
            raise OSError(errno.ECONNREFUSED, "refused")
        return log.__func__(cls, *args, **keywords)

    monkeypatch.setattr(Model, "log", classmethod(failing))
    mlflow_explain.autolog()
    logistic()
    (warning,) = told(recwarn)
    assert "did not log the scoring explainer of LogisticRegression" in warning
    assert len(Left.of_all().records) == 1
    mlflow_explain.autolog(disable=True)


def test_an_error_of_our_own_watching_costs_one_warning(monkeypatch, recwarn):
    monkeypatch.setattr("mlflow_explain.tracking.autologging.watching._trains", lambda *_: 1 / 0)
    mlflow_explain.autolog()
    model = logistic()
    assert model.coef_.shape == (1, 3)
    assert "did not watch the training. ZeroDivisionError" in told(recwarn)[0]
    assert len(set(told(recwarn))) == 1


def test_a_transformer_that_mixes_columns_is_said_with_what_to_do(recwarn):
    mlflow_explain.autolog()
    make_pipeline(PCA(2), LogisticRegression()).fit(small.FRAME, small.LABELS)
    (warning,) = told(recwarn)
    assert "did not explain Pipeline. UnsupportedTransformerError" in warning
    assert "autolog(explainer='kernel')" in warning
    mlflow_explain.autolog(explainer="kernel")
    make_pipeline(PCA(2), LogisticRegression()).fit(small.FRAME, small.LABELS)
    assert [tuple(e.features) for e in Left.of_all().explanations] == [("a", "b", "c")]


def test_a_warning_points_to_the_users_own_line(recwarn):
    mlflow_explain.autolog(explainer="tree")
    logistic()
    (warning,) = (w for w in recwarn if "mlflow_explain.autolog" in str(w.message))
    assert warning.filename == autologged.__file__


def test_a_users_folder_may_begin_with_the_letters_of_ours(recwarn):
    file = f"{Path(mlflow_explain.__file__).parent}_mine/train.py"
    code = "from tests.tracking.autologged import small, LogisticRegression\n"
    code += "LogisticRegression().fit(small.FRAME, small.LABELS)"
    mlflow_explain.autolog(explainer="tree")
    exec(compile(code, file, "exec"), {})  # noqa: S102 - as a user's file of this name
    (warning,) = (w for w in recwarn if "mlflow_explain.autolog" in str(w.message))
    assert warning.filename == file


def test_that_nothing_is_autologged_is_said(recwarn):
    for name in autologged.FRAMEWORKS:
        getattr(mlflow, name).autolog(disable=True)
    mlflow_explain.autolog()
    (warning,) = told(recwarn)
    assert "explains nothing: you have disabled MLflow's autologging" in warning


@pytest.mark.parametrize("rows", [sparse.csc_matrix(small.ROWS), small.ROWS.tolist()])
def test_rows_of_other_forms_are_explained(rows, recwarn):
    mlflow_explain.autolog()
    LogisticRegression().fit(rows, small.LABELS)
    assert [e.num_examples for e in Left.of_all().explanations] == [90]
    assert told(recwarn) == []


def test_fits_of_our_own_are_no_trainings_of_the_users():
    rows = autologged.frame(600)
    model = LogisticRegression().fit(rows, rows["a"] > 0)
    mlflow_explain.autolog()
    explainer = mlflow_explain.TabularExplainer(model, rows, summarise=5)
    explainer.explain_global(rows, sampling_policy=True)
    for surrogate in (
        mlflow_explain.LGBMExplainableModel,
        mlflow_explain.LinearExplainableModel,
        mlflow_explain.DecisionTreeExplainableModel,
        mlflow_explain.SGDExplainableModel,
    ):
        mlflow_explain.MimicExplainer(model, rows, surrogate)
    assert Left.of_all().runs == []
    logistic()
    assert len(Left.of_all().records) == 1


def test_outlier_detectors_are_explained():
    mlflow_explain.autolog()
    IsolationForest(n_estimators=5, random_state=0).fit(small.FRAME)
    (explanation,) = Left.of_all().explanations
    assert (explanation.method, explanation.true_y) == ("tree", None)


def test_members_of_a_model_are_not_explained_in_threads():
    mlflow_explain.autolog()
    members = [("a", LogisticRegression()), ("b", LogisticRegression(C=2.0))]
    with joblib.parallel_backend("threading"):
        VotingClassifier(members, n_jobs=2).fit(small.FRAME, small.LABELS)
    assert [e.model_type for e in Left.of_all().explanations] == ["VotingClassifier"]
