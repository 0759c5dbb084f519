"""Pairs whose explainer was made of an estimator and what stood before it."""

from __future__ import annotations

import mlflow
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeRegressor

from mlflow_explain import (
    KernelExplainer,
    LGBMExplainableModel,
    LIMEExplainer,
    MimicExplainer,
    TabularExplainer,
    save_model,
)
from mlflow_explain.errors import InvalidInputError

RNG = np.random.default_rng(0)
ROWS = pd.DataFrame(
    {"size": 50 + 10 * RNG.integers(0, 4, 200), "word": RNG.choice(["a", "b", "c"], 200)}
)
TARGET = ROWS["size"] / 10 + (ROWS["word"] == "b")

EXPLAINERS = {
    "tabular": TabularExplainer,
    "kernel": lambda model, rows, **known: KernelExplainer(
        model, rows, show_progress=False, **known
    ),
    "lime": lambda model, rows, **known: LIMEExplainer(model, rows, show_progress=False, **known),
    "mimic": lambda model, rows, **known: MimicExplainer(
        model, rows, LGBMExplainableModel, augment_data=False, **known
    ),
}


@pytest.fixture(scope="module", params=[KNeighborsRegressor, DecisionTreeRegressor])
def pipeline(request):
    front = make_column_transformer((StandardScaler(), ["size"]), (OneHotEncoder(), ["word"]))
    return make_pipeline(front, request.param()).fit(ROWS, TARGET)


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize("name", list(EXPLAINERS))
def test_what_is_served_is_what_was_explained(tmp_path, pipeline, name, apart):
    given = {"transformations": pipeline[0]} if apart else {}
    explainer = EXPLAINERS[name](pipeline[-1] if apart else pipeline, ROWS, **given)
    save_model(pipeline, tmp_path / "pair", scoring_explainer=explainer)
    rows = ROWS.head(5)
    reply = mlflow.pyfunc.load_model(str(tmp_path / "pair")).predict(rows)
    expected = explainer.explain_local(rows).to_frame().to_dict("records")
    assert reply["explanation_status"].tolist() == ["ok"] * 5
    for found, truth in zip(reply["local_importance_values"], expected, strict=True):
        assert found == pytest.approx(truth, abs=1e-9)
    np.testing.assert_array_equal(reply["prediction"], pipeline.predict(rows))


@pytest.mark.parametrize("name", list(EXPLAINERS))
def test_an_estimator_is_not_served_without_its_transformations(tmp_path, pipeline, name):
    explainer = EXPLAINERS[name](pipeline[-1], ROWS, transformations=pipeline[0])
    with pytest.raises(InvalidInputError, match=r"make_pipeline\(transformations, model\)"):
        save_model(pipeline[-1], tmp_path / "pair", scoring_explainer=explainer)
