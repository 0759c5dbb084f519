"""What `mlflow_explain.autolog` leaves alone, and what it says where it does not explain."""

from __future__ import annotations

import multiprocessing
import os
import random
import subprocess
import sys
import threading

import mlflow.models
import numpy as np
import pytest
from mlflow.utils import autologging_utils
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import StandardScaler

import mlflow_explain
from mlflow_explain.data.unlogged import unlogged
from mlflow_explain.tracking.autologging.aside import aside
from tests import small
from tests.tracking import autologged
from tests.tracking.autologged import Left, logistic, told


@pytest.fixture(autouse=True)
def mlflow_as_new(monkeypatch, tracking_store, recwarn):
    # `recwarn`: MLflow and scikit-learn warn of themselves while MLflow autologs.
    monkeypatch.setattr(mlflow.models, "infer_pip_requirements", lambda *_, **__: ["mlflow"])
    with autologged.undone():
        yield


class Scaled(LogisticRegression):
    """Is fitted by its parent to rows that it has scaled itself."""

    def fit(self, X, y):  # noqa: N803 - scikit-learn's name
        self.scaler = StandardScaler().fit(X)
        return super().fit(self.scaler.transform(X), y)

    def predict_proba(self, X):  # noqa: N803
        return super().predict_proba(self.scaler.transform(X))


class Rolling(LogisticRegression):
    """Draws from the global generators when it predicts."""

    def predict_proba(self, X):  # noqa: N803
        random.random()  # noqa: S311
        np.random.random()  # noqa: NPY002
        return super().predict_proba(X)


class Refusing(LogisticRegression):
    """Tells of its training rows only."""

    def predict_proba(self, X):  # noqa: N803
        if len(X) != len(small.FRAME):
            raise KeyError("unknown rows\nfirst: 12.5")
        return super().predict_proba(X)


def test_a_model_whose_class_has_a_fit_of_its_own_is_not_explained(recwarn):
    mlflow_explain.autolog()
    model = Scaled().fit(small.FRAME, small.LABELS)
    assert model.coef_.shape == (1, 3)
    (warning,) = told(recwarn)
    assert "trained by LogisticRegression.fit itself" in warning
    assert "Scaled, whose class has a fit of its own. Explain it after training." in warning
    assert Left.of_all().records == []


def test_a_class_that_inherits_its_fit_is_explained():
    mlflow_explain.autolog(explainer="kernel", max_rows=20)
    Rolling().fit(small.FRAME, small.LABELS)
    assert [e.model_type for e in Left.of_all().explanations] == ["Rolling"]


def test_random_numbers_stay_the_users_where_the_model_draws_them():
    def drawn():
        random.seed(0)
        np.random.seed(0)  # noqa: NPY002
        Rolling().fit(small.FRAME, small.LABELS)
        return random.random(), np.random.random()  # noqa: NPY002, S311

    mlflow.sklearn.autolog()
    without = drawn()
    mlflow_explain.autolog(explainer="kernel", max_rows=20)
    assert drawn() == without
    assert len(Left.of_all().records) == 1


def test_a_warning_tells_the_models_own_error_and_none_of_its_rows(recwarn):
    mlflow_explain.autolog(explainer="kernel", max_rows=20)
    Refusing().fit(small.FRAME, small.LABELS)
    (warning,) = told(recwarn)
    assert "did not explain Refusing. InvalidInputError: " in warning
    assert "Its cause was KeyError: 'unknown rows" in warning
    assert "above" not in warning


def test_several_targets_have_a_scoring_explainer_too(recwarn):
    mlflow_explain.autolog()
    LinearRegression().fit(small.FRAME, np.column_stack([small.NUMBERS, -small.NUMBERS]))
    found = Left.of_all()
    assert [e.model_type for e in found.explanations] == ["LinearRegression"]
    assert [m.name for m in found.explainers] == ["scoring-explainer"]
    assert told(recwarn) == []


def test_the_last_of_several_threads_turns_mlflows_autologging_on_again():
    mlflow.sklearn.autolog()
    first_is_in, first_may_go = threading.Event(), threading.Event()

    def first():
        with unlogged():
            first_is_in.set()
            first_may_go.wait()

    thread = threading.Thread(target=first)
    thread.start()
    first_is_in.wait()
    with unlogged():
        first_may_go.set()
        thread.join()
        logistic()
        assert Left.of_all().runs == []
    logistic()
    assert len(Left.of_all().runs) == 1


def test_the_last_of_several_threads_puts_mlflows_environment_back(monkeypatch):
    name = "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"
    monkeypatch.delenv(name, raising=False)
    first_is_in, first_may_go = threading.Event(), threading.Event()

    def first():
        with aside(silent=False):
            first_is_in.set()
            first_may_go.wait()

    thread = threading.Thread(target=first)
    thread.start()
    first_is_in.wait()
    with aside(silent=False):
        first_may_go.set()
        thread.join()
        assert os.environ[name] == "false"
    assert name not in os.environ


def test_autologging_that_the_user_turned_off_stays_off():
    with autologging_utils.disable_autologging():
        with unlogged(), unlogged():
            pass
        assert autologging_utils._AUTOLOGGING_GLOBALLY_DISABLED
    assert not autologging_utils._AUTOLOGGING_GLOBALLY_DISABLED


FORKS = """
import multiprocessing, lightgbm, mlflow.models, mlflow_explain
from tests import small
from tests.tracking.autologged import logistic

mlflow.models.infer_pip_requirements = lambda *_, **__: ["mlflow"]

def train():
    rows = lightgbm.Dataset(small.FRAME, small.LABELS)
    lightgbm.train({"objective": "binary", "verbose": -1, "num_threads": 2}, rows, 3)

mlflow_explain.autolog(explainer="mimic", silent=True)
logistic()
worker = multiprocessing.get_context("fork").Process(target=train)
worker.start()
worker.join(60)
print("trained" if worker.exitcode == 0 else "hangs")
worker.kill()
"""


@pytest.mark.skipif(
    "fork" not in multiprocessing.get_all_start_methods(), reason="a system that does not fork"
)
def test_processes_forked_after_an_explanation_can_train(request, tmp_path):
    made = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", FORKS],
        check=True, capture_output=True, text=True, cwd=tmp_path, timeout=180,
        env=os.environ | {"PYTHONPATH": str(request.config.rootpath)},
    )  # fmt: skip
    assert made.stdout.split() == ["trained"]
