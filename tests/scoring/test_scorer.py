"""The value that scores."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from mlflow_explain.errors import PreprocessingUnavailableError


@pytest.fixture
def scoring(explainer):
    return explainer.create_scoring_explainer().scorer


def test_explain_answers_what_the_explainer_answers(scoring, explanation, applications):
    values = scoring.explain(applications.test)
    json.dumps(values, allow_nan=False)
    np.testing.assert_array_equal(values, explanation.local_importance_values)
    np.testing.assert_array_equal(scoring.expected_values, explanation.expected_values)
    engineered = scoring.explain(applications.test, get_raw=False)
    np.testing.assert_array_equal(engineered, explanation.engineered.local_importance_values)


def test_without_transformers_engineered_rows_are_taken(scoring, applications, explanation):
    bare = replace(scoring, preprocess=None)
    rows = explanation.engineered.eval_data
    expected = scoring.explain(applications.test)
    assert bare.explain(rows) == expected
    assert bare.explain(rows.to_numpy()) == expected
    for raw in (applications.test, applications.test.to_numpy()):
        with pytest.raises(
            PreprocessingUnavailableError, match="MLFLOW_ALLOW_PICKLE_DESERIALIZATION=true"
        ):
            bare.explain(raw)
