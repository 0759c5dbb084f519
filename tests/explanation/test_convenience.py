"""What a user sees of an explanation: tables, dictionaries, its line and its notebook cell."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation import EvaluatedRows, GlobalImportance, LocalImportance
from tests.explanation.test_value import VALUES, binary, made


def test_tables_of_classes_and_targets():
    values = np.arange(12.0).reshape(2, 3, 2)
    targets = made(values, (1.0, 2.0))
    np.testing.assert_array_equal(targets.to_frame(1), values[:, :, 1])
    np.testing.assert_array_equal(targets.to_frame(), values[:, :, 0])
    with pytest.raises(InvalidInputError, match="below 2"):
        targets.to_frame(2)
    classes = made(values, (1.0, 2.0), classes=[3, 5], model_task="classification")
    np.testing.assert_array_equal(classes.to_frame(3), values[:, :, 0])
    np.testing.assert_array_equal(classes.to_frame(), values[:, :, 1])


def test_the_table_of_a_global_explanation_has_its_spread():
    whole = GlobalImportance(
        np.array([0.1, 0.3, -0.2]), np.zeros((3, 1)), np.array([1.0, 2.0, 3.0]), "increase of mse"
    )
    table = made(local=None, global_=whole, output_space=None).to_frame()
    expected = {
        "feature": ["f1", "f0", "f2"],
        "importance": [0.3, 0.1, -0.2],
        "standard_deviation": [2.0, 1.0, 3.0],
    }
    pd.testing.assert_frame_equal(table, pd.DataFrame(expected))


def test_the_dictionary_holds_standard_errors_and_no_nan():
    errors = np.full((2, 3, 1), np.nan)
    errors[0] = 0.5
    sampled = made(local=LocalImportance(VALUES[:, :, None], np.zeros(1), errors))
    told = json.loads(json.dumps(sampled.to_dict(), allow_nan=False))
    assert told["standard_errors"] == [[0.5] * 3, [None] * 3]
    assert made().to_dict()["standard_errors"] is None


def test_one_line():
    line = repr(binary())
    assert "2 rows x 3 features, log-odds; most important: f1, f0, f2" in line
    assert "\n" not in line
    assert "None" not in repr(replace(binary(), local=None, output_space=None))


def test_a_notebook_shows_importance_with_spread_and_sign():
    values = np.array([0.4, -0.1, np.nan])
    whole = GlobalImportance(values, values[:, None], np.array([0.1, 0.02, 0.0]), "increase of mse")
    html = made(local=None, global_=whole, output_space=None)._repr_html_()
    assert "increase of mse</th>" in html
    assert "0.4 ± 0.1" in html
    assert "class='bar low' style='width:25.0%'" in html
    assert "nan" not in html


def test_a_notebook_shows_one_row_with_its_values():
    rows = EvaluatedRows(pd.DataFrame([[0.123456, "<b>", None]], columns=["f0", "f1", "f2"]), [3])
    html = replace(
        made(VALUES[:1, :, None], classes=["no", "yes"], output_space="log-odds"), rows=rows
    )._repr_html_()
    assert "Log-odds of yes: -1, where the base value is 0.5." in html
    assert "0.1235" in html
    assert "&lt;b&gt;" in html
    assert "missing" in html
    assert html.index(">f1<") < html.index(">f0<")  # by absolute value
    wide = made(np.arange(30.0).reshape(1, 30, 1))._repr_html_()
    assert "top 20 of 30" in wide
    assert "10 others" in wide


def test_pictures_leave_pyplot_alone():
    code = (
        "import sys; sys.path.insert(0, '.')\n"
        "from tests.explanation.test_value import made\n"
        "made().plot('beeswarm')\n"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
