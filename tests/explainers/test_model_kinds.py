"""What users pass as a model: functions, scripts, MLflow's own; and what it predicts."""

from __future__ import annotations

import runpy

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost
from mlflow.models import infer_signature
from mlflow.pyfunc.model import _PythonModelPyfuncWrapper
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from mlflow_explain import (
    ExplanationDashboard,
    KernelExplainer,
    LinearExplainableModel,
    MimicExplainer,
    TabularExplainer,
    load_explanation,
    save_explanation,
)
from mlflow_explain.artifact.fitted import trusted_types
from mlflow_explain.errors import InvalidInputError, UnsupportedModelError
from tests.read_page import ReadPage
from tests.small import FRAME, LABELS, ROWS


def test_the_task_is_asked_of_the_model_unless_it_is_said(on_arrays):
    assert TabularExplainer(on_arrays, ROWS).explain_local(ROWS[0]).model_task == "classification"
    with pytest.raises(InvalidInputError, match="'classification' for a model with class labels"):
        TabularExplainer(on_arrays, ROWS, model_task="regression")
    with pytest.raises(InvalidInputError, match="model_task to be one of"):
        TabularExplainer(on_arrays, ROWS, model_task="ranking")

    def half(given):
        return 1 / (1 + np.exp(-given[:, 0]))

    regression = KernelExplainer(half, ROWS).explain_local(ROWS[:2])
    probability = KernelExplainer(half, ROWS, model_task="classification").explain_local(ROWS[:2])
    assert (regression.model_task, regression.output_space) == ("regression", "raw")
    assert (probability.model_task, probability.output_space) == ("classification", "probability")
    np.testing.assert_allclose(
        probability.local_importance_values[1], regression.local_importance_values, atol=1e-12
    )


def test_functions_that_answer_scores_of_classes_have_margins():
    def scores(given):
        return given[:, :2] * [2.0, -3.0]

    found = KernelExplainer(scores, ROWS, classes=["no", "yes"]).explain_local(ROWS[:4])
    assert (found.model_task, found.output_space) == ("classification", "margin")
    sums = found.expected_values[:, None] + found.local_importance_values.sum(axis=2)
    np.testing.assert_allclose(sums.T, scores(ROWS[:4]), atol=1e-9)
    chosen = np.array(["no", "yes"])[scores(ROWS[:4]).argmax(axis=1)]
    assert found.eval_y_predicted.tolist() == chosen.tolist()
    mimic = MimicExplainer(scores, ROWS, LinearExplainableModel, augment_data=False)
    assert mimic.explain_local(ROWS[:4]).output_space == "margin"


def logits(given):
    return np.asarray(given) @ [[2.0, 0.0, -1.0], [0.0, 1.0, 0.0], [0.5, 0.0, 3.0]]


def test_logits_of_three_classes_are_kept_and_drawn_as_margins(tmp_path):
    explainer = KernelExplainer(logits, FRAME, classes=["p", "q", "r"])
    found = explainer.explain_global(FRAME.head(6))
    again = load_explanation(save_explanation(found, tmp_path / "kept"))
    for each in (found, again):
        assert (each.output_space, each.classes) == ("margin", ("p", "q", "r"))
        sums = each.expected_values + each.local.values.sum(axis=1)
        np.testing.assert_allclose(sums, logits(FRAME.head(6)), atol=1e-9)
        assert each.eval_y_predicted_proba is None
    dashboard = ExplanationDashboard(again, logits, FRAME.head(6), np.array(list("pqrpqr")))
    page = ReadPage(dashboard.html)
    assert page.payload["classes"] == ["p", "q", "r"]
    assert page.payload["views"][0]["space"] == "margin"
    drawn = page.attributions().transpose(2, 1, 0)
    np.testing.assert_allclose(drawn, found.local.values, atol=1e-3)


def test_an_object_says_itself_what_it_answers():
    class Halves:
        """Margins that look like probabilities in the first rows."""

        classes_ = ("no", "yes")

        def decision_function(self, given):
            return np.column_stack([0.5 - given[:, 0], 0.5 + given[:, 0]])

        def predict(self, given):
            return np.array(self.classes_)[self.decision_function(given).argmax(axis=1)]

    rows = np.abs(ROWS) / 10
    taken = KernelExplainer(Halves().decision_function, rows).explain_local(rows[:2])
    said = KernelExplainer(Halves(), rows).explain_local(rows[:2])
    assert (taken.output_space, said.output_space) == ("probability", "margin")
    np.testing.assert_array_equal(taken.local.values, said.local.values)


def test_a_surrogate_takes_rounded_probabilities_and_says_what_margins_were_taken_for():
    def rounded(given):
        chance = np.where(given[:, 0] > 0, 1.0000001, 0.3)
        return np.column_stack([1 - chance, chance])

    mimic = MimicExplainer(rounded, ROWS, LinearExplainableModel, augment_data=False)
    assert mimic.explain_local(ROWS[:4]).classes == (0, 1)

    def later(given):
        return np.where(given[:, [0]] == ROWS[:2, 0].max(), [[0.5, 0.5]], [[3.0, -2.0]])

    rows = np.concatenate([ROWS[[ROWS[:2, 0].argmax()] * 2], ROWS])
    with pytest.raises(InvalidInputError, match="the first rows look like probabilities"):
        MimicExplainer(later, rows, LinearExplainableModel, augment_data=False)


def test_functions_that_answer_labels_are_classifications(on_arrays):
    words = np.array(["low", "middle", "high"])

    def spoken(given):
        return words[np.digitize(given[:, 0], [-0.5, 0.5])]

    found = KernelExplainer(spoken, ROWS).explain_local(ROWS[:4])
    assert (found.classes, found.model_task) == (("high", "low", "middle"), "classification")
    sums = found.expected_values[:, None] + found.local_importance_values.sum(axis=2)
    chosen = np.array(found.classes)[sums.argmax(axis=0)]
    np.testing.assert_array_equal(chosen, spoken(ROWS[:4]))
    numbered = KernelExplainer(
        lambda given: np.digitize(given[:, 0], [-0.5, 0.5]), ROWS, model_task="classification"
    )
    assert numbered.classes == (0, 1, 2)


def test_a_model_may_be_called_itself():
    class Both:
        """Answers one thing when called and another when it predicts."""

        def __call__(self, given):
            return given[:, 0]

        def predict(self, given):
            return -given[:, 0]

    called = KernelExplainer(Both(), ROWS, is_function=True).explain_local(ROWS[:3])
    predicted = KernelExplainer(Both(), ROWS).explain_local(ROWS[:3])
    np.testing.assert_array_equal(called.eval_y_predicted, ROWS[:3, 0])
    np.testing.assert_array_equal(predicted.eval_y_predicted, -ROWS[:3, 0])


def test_a_prediction_script_is_a_function(tmp_path, on_arrays):
    script = tmp_path / "score.py"
    script.write_text(
        "import numpy as np\n"
        f"WEIGHTS, BASE = np.array({on_arrays.coef_[0].tolist()}), {on_arrays.intercept_[0]}\n"
        "def run(rows):\n"
        "    return [float(p) for p in 1 / (1 + np.exp(-(np.asarray(rows) @ WEIGHTS + BASE)))]\n"
    )
    run = runpy.run_path(str(script))["run"]
    found = KernelExplainer(
        run, ROWS, is_function=True, classes=["no", "yes"], model_task="classification"
    ).explain_local(ROWS[:5])
    expected = KernelExplainer(on_arrays, ROWS, classes=["no", "yes"]).explain_local(ROWS[:5])
    np.testing.assert_allclose(
        found.local_importance_values.sum(axis=2) + found.expected_values[:, None],
        on_arrays.predict_proba(ROWS[:5]).T,
    )
    assert found.classes == expected.classes


def pyfunc(path, model, **settings):
    trusted = trusted_types(model)
    mlflow.sklearn.save_model(
        model, str(path), pip_requirements=["mlflow"], skops_trusted_types=trusted, **settings
    )
    return mlflow.pyfunc.load_model(str(path))


def test_a_pyfunc_stands_for_the_model_inside_it(tmp_path, on_frames):
    pipeline = make_pipeline(StandardScaler(), RandomForestClassifier(5)).fit(FRAME, LABELS)
    signature = infer_signature(FRAME, LABELS)
    for name, model, method in (("linear", on_frames, "linear"), ("trees", pipeline, "tree")):
        loaded = pyfunc(tmp_path / name, model, signature=signature)
        explainer = TabularExplainer(loaded, FRAME[["c", "a", "b"]].assign(more=1))
        assert explainer.method == method
        found = explainer.explain_local(FRAME)
        np.testing.assert_array_equal(found.eval_y_predicted, model.predict(FRAME))
        expected = TabularExplainer(model, FRAME).explain_local(FRAME)
        np.testing.assert_array_equal(
            found.local_importance_values, expected.local_importance_values
        )


@pytest.mark.parametrize("flavor", ["lightgbm", "xgboost"])
def test_a_pyfunc_of_a_booster_is_the_booster(tmp_path, flavor):
    if flavor == "lightgbm":
        settings = {"objective": "binary", "verbose": -1}
        model = lightgbm.train(settings, lightgbm.Dataset(FRAME, LABELS), 5)
    else:
        data = xgboost.DMatrix(FRAME, LABELS)
        model = xgboost.train({"objective": "binary:logistic"}, data, 5)
    getattr(mlflow, flavor).save_model(model, str(tmp_path / "m"), pip_requirements=["mlflow"])
    loaded = mlflow.pyfunc.load_model(str(tmp_path / "m"))
    explainer = TabularExplainer(loaded, FRAME, classes=["no", "yes"])
    assert (explainer.method, explainer.classes) == ("tree", ("no", "yes"))
    found = explainer.explain_local(FRAME)
    np.testing.assert_allclose(found.eval_y_predicted, loaded.predict(FRAME), rtol=1e-7)


def test_a_pyfunc_that_answers_otherwise_than_its_model_is_a_function(tmp_path, on_frames):
    of_probabilities = pyfunc(tmp_path / "p", on_frames, pyfunc_predict_fn="predict_proba")
    explainer = TabularExplainer(of_probabilities, FRAME, classes=["no", "yes"])
    assert (explainer.method, explainer.classes) == ("kernel", ("no", "yes"))
    found = explainer.explain_local(FRAME.head(4))
    np.testing.assert_allclose(
        found.local_importance_values.sum(axis=2) + found.expected_values[:, None],
        on_frames.predict_proba(FRAME.head(4)).T,
    )


def shifted(speaks):
    """A pyfunc model of one's own that answers a number, or a word."""

    class Shifted(mlflow.pyfunc.PythonModel):
        def predict(self, context, model_input: pd.DataFrame, params=None):
            number = model_input["a"] - 2 * model_input["b"]
            return pd.DataFrame({"p": np.where(number > 0, "up", "down") if speaks else number})

    meta = mlflow.models.Model()
    meta.add_flavor("python_function", loader_module="mlflow.pyfunc.model")
    return mlflow.pyfunc.PyFuncModel(meta, _PythonModelPyfuncWrapper(Shifted(), None, None))


# MLflow would have the class annotate what it predicts from.
@pytest.mark.filterwarnings("ignore:.*Add type hints to the `predict` method")
@pytest.mark.parametrize("speaks", [False, True])
def test_a_pyfunc_of_ones_own_is_a_function(speaks):
    model = shifted(speaks)
    explainer = TabularExplainer(model, FRAME)
    found = explainer.explain_local(FRAME.head(3))
    assert found.method == "kernel"
    if speaks:
        assert (found.classes, found.output_space) == (("down", "up"), "probability")
        assert found.eval_y_predicted.tolist() == model.predict(FRAME.head(3))["p"].tolist()
    else:
        slopes = (FRAME.head(3) - FRAME.mean()).to_numpy() * [1, -2, 0]
        np.testing.assert_allclose(found.local_importance_values, slopes, atol=1e-12)


def test_a_class_is_no_model():
    with pytest.raises(UnsupportedModelError, match="the class LinearRegression itself"):
        TabularExplainer(LinearRegression, ROWS)
