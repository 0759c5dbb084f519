"""Odd requests to the served pair, in process. Numbers are those of the list of bad input; the
requests are those of `docs/requests.md`.
"""

from __future__ import annotations

import io
import itertools
import json
import logging
import re
import tracemalloc

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier

from docs import requests
from docs.requests import ODD, numbered
from mlflow_explain import TabularExplainer, save_model
from mlflow_explain.data import time_limit
from mlflow_explain.engines.trees.engine import TreeEngine
from mlflow_explain.errors import UnsupportedModelError
from mlflow_explain.tracking.models import loaded
from tests.serving import Endpoint, assert_as_stated, body_of

# Where warnings are errors, pandas refuses today what a later version of it will.
pytestmark = pytest.mark.filterwarnings(
    "ignore:Constructing a DataFrame from a list of sequences with mismatched lengths"
)
# The web server decides on these before the scoring server is asked.
NOT_HERE = (51, 54)
MANY = 1_000_000
MIB = 2**20


@pytest.fixture(scope="module")
def pair(bounded):
    return Endpoint(bounded)


@pytest.fixture(scope="module")
def split(applications):
    return requests.split_of(applications.test.head(2))


@pytest.fixture(scope="module")
def good(pair, split):
    status, text = pair.text(requests.body_of(split))
    assert status == 200
    return text


@pytest.fixture(scope="module")
def trees(tmp_path_factory, iris, iris_boosting):
    """A pair of a bare LightGBM, which takes what a Pipeline refuses, with a bound of 5 rows."""
    path = tmp_path_factory.mktemp("trees") / "pair"
    explainer = TabularExplainer(iris_boosting, iris[0])
    save_model(iris_boosting, path, scoring_explainer=explainer, max_explained_rows=5)
    return path


def ours(answer):
    """Return our own message, without what MLflow puts in front of it."""
    return answer["message"].rpartition("\nError: ")[2]


@pytest.mark.parametrize("odd", [odd for odd in ODD if odd.fault not in NOT_HERE], ids=str)
def test_the_table_of_odd_requests(pair, odd, split):
    assert_as_stated(odd, *pair.text(odd.body(split), odd.kind))


def test_the_page_shows_the_table():
    page = requests.PAGE.read_text()
    assert requests.written(page) == page


@pytest.mark.parametrize(
    "odd",
    [odd for odd in numbered(*range(55, 66)) if odd.kind == requests.JSON],
    ids=str,
)
def test_68_without_reasons_odd_rows_get_what_the_plain_model_answers(endpoint, pair, odd, split):
    body = odd.body(split).decode()
    silent = f'{body.removesuffix("}")}, "params": {{"explain": false}}}}'
    status, text = endpoint["plain"].text(body)
    found = pair.text(silent)
    if "stack_trace" in text:  # it tells the way there, which is longer
        assert (found[0], json.loads(found[1])["message"]) == (status, json.loads(text)["message"])
    else:
        assert found == (status, text)


def with_cell(split, column, value):
    """Return rows of which the first has another value in a column."""
    at = split["columns"].index(column)
    first = [value if i == at else cell for i, cell in enumerate(split["data"][0])]
    return {**split, "data": [first, *split["data"][1:]]}


@pytest.mark.parametrize("name", ["pair", "alone"])
def test_55_a_missing_column_is_named(endpoint, split, name):
    at = split["columns"].index("lvr")
    short = {
        "columns": [column for column in split["columns"] if column != "lvr"],
        "data": [row[:at] + row[at + 1 :] for row in split["data"]],
    }
    status, answer = endpoint[name].post(requests.body_of(short))
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert answer["message"].endswith("Model is missing inputs ['lvr'].")


def test_56_another_column_changes_nothing(pair, split, good):
    more = {
        "columns": ["more", *split["columns"]], "data": [[1, *row] for row in split["data"]]
    }  # fmt: skip
    assert pair.text(requests.body_of(more)) == (200, good)


def test_58_a_number_as_text_is_explained_as_the_number(pair, split, good):
    number = split["data"][0][split["columns"].index("dir")]
    assert pair.text(requests.body_of(with_cell(split, "dir", str(number)))) == (200, good)


@pytest.mark.parametrize(
    ("column", "value"), [("pbcr", "perhaps"), ("self", None), ("dir", None), ("ccs", float("nan"))]
)
def test_9_59_unknown_and_missing_values_are_explained_in_full(
    pair, split, pipeline, column, value
):
    odd = with_cell(split, column, value)
    status, answer = pair.post(requests.body_of(odd))
    assert status == 200
    row = answer["predictions"][0]
    (proba, *_) = pipeline.predict_proba(pd.DataFrame(odd["data"], columns=odd["columns"]))
    assert list(row["probabilities"].values()) == proba.tolist()
    total = row["expected_value"] + sum(row["local_importance_values"].values())
    assert total == pytest.approx(np.log(proba[1] / proba[0]), abs=1e-9)


@pytest.mark.parametrize("number", [float("inf"), float("-inf")])
def test_61_infinity_is_refused_in_every_format(endpoint, applications, number):
    rows = applications.test.head(3).copy()
    rows.iloc[1, rows.columns.get_loc("lvr")] = number
    parquet = io.BytesIO()
    rows.to_parquet(parquet)
    for name in ("pair", "alone"):
        answers = [
            endpoint[name].post(body_of(rows)),
            endpoint[name].post({"dataframe_records": rows.to_dict(orient="records")}),
            endpoint[name].post(rows.to_csv(index=False), requests.CSV),
            endpoint[name].post(parquet.getvalue(), requests.PARQUET),
        ]
        for status, answer in answers:
            assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
            assert "column lvr;" in ours(answer)


def test_61_without_reasons_infinity_is_up_to_the_model(trees, iris, iris_boosting):
    rows = iris[0].head(2).copy()
    rows.iloc[0, 0] = np.inf
    served, body = Endpoint(trees), body_of(rows)
    status, answer = served.post(body)
    assert status == 400
    assert "column sepal length (cm);" in ours(answer)
    status, answer = served.post(body | {"params": {"explain": False}})
    assert (status, answer["predictions"]) == (200, iris_boosting.predict(rows).tolist())


def test_61_a_number_too_large_for_a_narrow_column_is_infinity_too(tmp_path, iris):
    rows = iris[0].astype("float32")
    model = LGBMClassifier(n_estimators=3, verbose=-1).fit(rows, iris[1])
    save_model(model, tmp_path / "m", scoring_explainer=TabularExplainer(model, rows))
    large = body_of(iris[0].head(1))
    large["dataframe_split"]["data"][0][2] = 1e39
    with np.errstate(over="ignore"):  # MLflow's own cast
        status, answer = Endpoint(tmp_path / "m").post(large)
    assert status == 400
    assert "column petal length (cm);" in ours(answer)


@pytest.mark.parametrize("name", ["pair", "alone"])
def test_62_no_rows_have_no_reasons(endpoint, split, name):
    none = {"predictions": []}
    for params in (None, {"top_k": 2}, {"output": "all"}, {"raw": False}):
        body = requests.body_of({**split, "data": []}, params)
        assert endpoint[name].post(body) == (200, none)
    columns = {column: [] for column in split["columns"]}
    assert endpoint[name].post({"inputs": columns}) == (200, none)
    header = ",".join(split["columns"]) + "\n"
    assert endpoint[name].post(header, requests.CSV) == (200, none)


def test_62_a_table_without_rows_has_the_columns_of_every_reply(endpoint, applications):
    for name in ("pair", "alone"):
        model, rows = endpoint[name].model, applications.test.head(2)
        assert list(model.predict(rows.head(0))) == list(model.predict(rows))


def test_63_a_short_row_is_filled_with_missing_values_where_columns_take_them(trees, iris):
    """Pinned: pandas fills it before anybody is asked."""
    rows = iris[0].head(2).astype(object)
    short, filled = body_of(rows), body_of(rows)
    short["dataframe_split"]["data"][1].pop()
    filled["dataframe_split"]["data"][1][-1] = None
    served = Endpoint(trees)
    assert served.text(json.dumps(short)) == served.text(json.dumps(filled))
    assert served.text(json.dumps(short))[0] == 200


def test_64_of_a_column_twice_csv_takes_the_first_and_records_the_last(pair, split, good):
    answered = dict(zip(("csv", "records"), numbered(64)[1:], strict=True))
    _, csv = pair.text(answered["csv"].body(split), requests.CSV)
    assert csv == good
    last = with_cell({**split, "data": split["data"][:1]}, "dir", 1.0)
    _, records = pair.text(answered["records"].body(split))
    assert records == pair.text(requests.body_of(last))[1]


def test_64_columns_twice_that_nobody_needs_are_left_out(pair, split, good):
    more = {
        "columns": [*split["columns"], "more", "more"],
        "data": [[*row, 1, 2] for row in split["data"]],
    }
    assert pair.text(requests.body_of(more)) == (200, good)


def test_65_only_the_explained_reply_is_bounded(trees, iris):
    served, body = Endpoint(trees), body_of(iris[0].head(6))
    status, answer = served.post(body)
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    for word in ("at most 5 rows", "(max_explained_rows)", "got 6"):
        assert word in ours(answer)
    assert served.post(body_of(iris[0].head(5)))[0] == 200
    assert served.post(body | {"params": {"explain": False}})[0] == 200
    csv = iris[0].head(6).to_csv(index=False)
    assert served.post(csv, requests.CSV)[0] == 400


def test_65_76_a_million_rows_are_refused_before_memory_is_taken(trees, bounded, iris):
    rows = iris[0].iloc[np.zeros(MANY, dtype=int)]
    served = loaded.load(trees)
    tracemalloc.start()
    try:
        with pytest.raises(mlflow.exceptions.MlflowException, match="max_explained_rows"):
            served.predict(rows, {})
        taken = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert taken < MIB < rows.memory_usage().sum() / 20


@pytest.mark.parametrize("name", ["explain", "top_k", "output", "raw", "budget_ms"])
def test_67_a_parameter_that_is_null_is_named(pair, split, name):
    status, answer = pair.post(requests.body_of(split, {name: None}))
    assert (status, answer["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert f"`{name}`" in ours(answer)
    assert requests.VALUE not in ours(answer)


@pytest.fixture
def hours_pass(monkeypatch):
    """Each look at the clock finds it an hour later."""
    monkeypatch.setattr(time_limit, "clock", itertools.count(0, 3600).__next__)


def test_69_reasons_that_take_too_long_are_left_out(pair, split, good, hours_pass):
    expected = json.loads(good)["predictions"]
    status, answer = pair.post(requests.body_of(split, {"budget_ms": 50}))
    assert status == 200
    for row, full in zip(answer["predictions"], expected, strict=True):
        assert row["local_importance_values"] == {}
        assert "budget" in row["explanation_status"]
        for field in ("prediction", "probabilities"):
            assert row[field] == full[field]
    assert pair.text(requests.body_of(split, {"budget_ms": 0})) == (200, good)


def test_69_the_time_may_be_bounded_when_logging(tmp_path, iris, iris_boosting, hours_pass):
    explainer = TabularExplainer(iris_boosting, iris[0])
    save_model(iris_boosting, tmp_path / "m", scoring_explainer=explainer, budget_ms=50)
    served, body = Endpoint(tmp_path / "m"), body_of(iris[0].head(2))
    for row in served.post(body)[1]["predictions"]:
        assert row["local_importance_values"] == {}
    for row in served.post(body | {"params": {"budget_ms": 0}})[1]["predictions"]:
        assert row["explanation_status"] == "ok"


@pytest.mark.parametrize(
    "error", [RuntimeError, MemoryError, KeyError, UnsupportedModelError("a", "b", "c")], ids=str
)
def test_70_whatever_fails_is_told_once_and_without_the_row(
    pair, split, good, monkeypatch, caplog, error
):
    def fail(self, rows):
        if isinstance(error, Exception):
            raise error
        raise error(f"secret {rows}")

    monkeypatch.setattr(TreeEngine, "explain", fail)
    with caplog.at_level(logging.INFO, logger="mlflow_explain"):
        answers = [pair.post(requests.body_of(split)) for _ in range(2)]
    assert answers[0] == answers[1]
    status, answer = answers[0]
    assert status == 200
    name = (error if isinstance(error, type) else type(error)).__name__
    for row, full in zip(answer["predictions"], json.loads(good)["predictions"], strict=True):
        assert row["prediction"] == full["prediction"]
        assert row["probabilities"] == full["probabilities"]
        assert row["local_importance_values"] == {}
        assert row["explanation_status"] == f"failed: {name}"
    # Two requests, two warnings, and each says how many there were.
    said = [re.fullmatch(r".*: (\w+) \(failure (\d+) .*", each) for each in caplog.messages]
    assert [each[1] for each in said] == [name, name]
    assert int(said[1][2]) == int(said[0][2]) + 1
    assert "secret" not in caplog.text


def test_70_the_explainer_alone_tells_it_likewise(endpoint, split, monkeypatch):
    def fail(self, rows):
        raise RuntimeError(f"secret {rows}")

    monkeypatch.setattr(TreeEngine, "explain", fail)
    status, text = endpoint["alone"].text(requests.body_of(split))
    assert "secret" not in text
    assert status == 200
    for row in json.loads(text)["predictions"]:
        assert row["local_importance_values"] == {}
        assert row["explanation_status"] == "failed: RuntimeError"


def test_73_every_request_asks_lightgbm_for_the_same_number_of_threads(
    endpoint, applications, monkeypatch
):
    """LightGBM sizes its buffers by a number all calls of a process share: who changes it while
    another request is predicted makes that one write beyond them.
    """
    asked, predict = [], lightgbm.Booster.predict

    def noted(self, *arguments, **options):
        asked.append(options.get("num_threads"))
        return predict(self, *arguments, **options)

    monkeypatch.setattr(lightgbm.Booster, "predict", noted)
    many = pd.concat([applications.test] * 2)
    for rows in (applications.test.head(1), many):
        for explain in (True, False):
            assert endpoint["pair"].post(body_of(rows) | {"params": {"explain": explain}})[0] == 200
    assert len(asked) >= 4
    assert len(set(asked)) == 1
