"""XGBoost's own number for missing, which MLflow's flavour of XGBoost does not keep."""

from __future__ import annotations

import mlflow
import numpy as np
import pandas as pd
import pytest
import xgboost

from mlflow_explain import KernelExplainer, TabularExplainer, save_model
from mlflow_explain.errors import InvalidInputError


@pytest.fixture(scope="module")
def rows():
    return pd.DataFrame(
        np.random.default_rng(0).normal(size=(200, 4)).round(), columns=list("abcd")
    )


@pytest.fixture(scope="module", params=[0.0, -1.0, np.nan])
def model(request, rows):
    labels = (rows["a"] + rows["b"] * rows["c"] > 0).astype(int)
    made = xgboost.XGBClassifier(missing=request.param, n_estimators=5, max_depth=3)
    return made.fit(rows, labels)


def test_the_served_model_and_its_importances_are_the_fitted_models(model, rows, tmp_path):
    explainer = TabularExplainer(model, rows)
    save_model(model, tmp_path / "pair", scoring_explainer=explainer)
    assert set(mlflow.models.Model.load(str(tmp_path / "pair" / "model")).flavors) == {
        "python_function", "xgboost" if np.isnan(model.missing) else "sklearn"
    }  # fmt: skip
    pair = mlflow.pyfunc.load_model(str(tmp_path / "pair"))
    reply = pair.predict(rows.head(50))
    expected = model.predict_proba(rows.head(50))[:, 1]
    found = np.array([row["1"] for row in reply["probabilities"]])
    np.testing.assert_allclose(found, expected, rtol=1e-6)
    sums = reply["expected_value"] + [sum(v.values()) for v in reply["local_importance_values"]]
    np.testing.assert_allclose(np.array(sums, float), np.log(expected / (1 - expected)), atol=1e-5)
    np.testing.assert_array_equal(
        pair.predict(rows, params={"explain": False}), model.predict(rows)
    )


def test_a_model_that_an_explainer_asks_keeps_it_too(model, rows, tmp_path):
    explainer = KernelExplainer(model, rows.head(5), show_progress=False)
    save_model(path=tmp_path / "alone", scoring_explainer=explainer)
    found = mlflow.pyfunc.load_model(str(tmp_path / "alone")).predict(
        rows.head(2), params={"output": "1"}
    )
    expected = explainer.explain_local(rows.head(2)).local_importance_values[1]
    values = [list(row.values()) for row in found["local_importance_values"]]
    np.testing.assert_allclose(values, expected, atol=1e-7)


def test_an_explainer_of_the_fitted_model_is_refused_for_one_that_lost_it(model, rows, tmp_path):
    mlflow.xgboost.save_model(model, tmp_path / "plain", pip_requirements=["xgboost"])
    explainer = TabularExplainer(model, rows)
    address = str(tmp_path / "plain")
    if np.isnan(model.missing):
        save_model(address, tmp_path / "pair", scoring_explainer=explainer)
        return
    with pytest.raises(InvalidInputError, match="one of another XGBClassifier"):
        save_model(address, tmp_path / "pair", scoring_explainer=explainer)
