"""The served reply, as the scoring server gives it. Numbers are those of the list of bad input."""

from __future__ import annotations

import io
import json

import lightgbm
import mlflow
import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression

from mlflow_explain import TabularExplainer, save_model
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.scoring.reply import NOT_FINITE
from tests.serving import Endpoint, body_of

ROW_FIELDS = [
    "prediction", "probabilities", "explained_output", "output_space", "expected_value",
    "local_importance_values", "explanation_status",
]  # fmt: skip


def first(body: dict, n: int = 1) -> dict:
    split = body["dataframe_split"]
    return {"dataframe_split": {"columns": [*split["columns"]], "data": [*split["data"][:n]]}}


def test_predictions_are_the_plain_models_bit_for_bit(endpoint, split_body, pipeline, applications):
    _, plain = endpoint["plain"].post(split_body)
    _, pair = endpoint["pair"].post(split_body)
    rows = pair["predictions"]
    assert [row["prediction"] for row in rows] == plain["predictions"]
    proba = np.array([list(row["probabilities"].values()) for row in rows])
    np.testing.assert_array_equal(proba, pipeline.predict_proba(applications.test))
    assert list(rows[0]) == ROW_FIELDS


def test_base_plus_importances_is_the_log_odds_of_every_row(endpoint, split_body):
    for row in endpoint["pair"].post(split_body)[1]["predictions"]:
        p = row["probabilities"]["yes"]
        total = row["expected_value"] + sum(row["local_importance_values"].values())
        assert total == pytest.approx(np.log(p / (1 - p)), abs=1e-9)
        assert (row["explained_output"], row["output_space"]) == ("yes", "log-odds")


def test_importances_are_the_explainers(endpoint, split_body, explanation):
    rows = endpoint["pair"].post(split_body)[1]["predictions"]
    values = [list(row["local_importance_values"].values()) for row in rows]
    np.testing.assert_array_equal(values, explanation.local_importance_values[1])
    assert tuple(rows[0]["local_importance_values"]) == explanation.features


def test_every_request_format_gives_the_same_reply(endpoint, applications):
    rows = applications.test.head(3)
    records = rows.to_dict(orient="records")
    status, expected = endpoint["pair"].post(body_of(rows))
    assert status == 200
    assert endpoint["pair"].post({"dataframe_records": records}) == (200, expected)
    assert endpoint["pair"].post({"inputs": records}) == (200, expected)
    assert endpoint["pair"].post({"inputs": rows.to_dict(orient="list")}) == (200, expected)
    status, csv = endpoint["pair"].post(rows.to_csv(index=False), "text/csv")
    assert (status, csv) == (200, expected)


def test_68_without_explanation_the_reply_is_the_plain_models_byte_for_byte(
    endpoint, split_body, applications
):
    body = json.dumps(split_body)
    plain = endpoint["plain"].text(body)
    asked = json.dumps(split_body | {"params": {"explain": False}})
    assert endpoint["pair"].text(asked) == plain
    assert endpoint["quiet"].text(body) == plain
    csv = applications.test.to_csv(index=False)
    assert endpoint["quiet"].text(csv, "text/csv") == endpoint["plain"].text(csv, "text/csv")
    file = io.BytesIO()
    applications.test.to_parquet(file)
    parquet = file.getvalue(), "application/vnd.apache.parquet"
    assert endpoint["quiet"].text(*parquet) == endpoint["plain"].text(*parquet)
    assert endpoint["plain"].text(*parquet)[0] == 200
    wanted = endpoint["quiet"].post(split_body | {"params": {"explain": True}})
    assert wanted == endpoint["pair"].post(split_body)


def test_params(endpoint, split_body):
    def ask(**params):
        status, answer = endpoint["pair"].post(first(split_body) | {"params": params})
        assert status == 200
        return answer["predictions"][0]

    top = ask(top_k=2)
    assert len(top["local_importance_values"]) == 2
    everything = ask()
    total = sum(everything["local_importance_values"].values())
    kept = sum(top["local_importance_values"].values())
    assert top["other_importance"] == pytest.approx(total - kept)
    assert "pbcr_no" in ask(raw=False)["local_importance_values"]
    no = ask(output="no")
    assert no["local_importance_values"] == {
        name: -value for name, value in everything["local_importance_values"].items()
    }
    every = ask(output="all")
    assert list(every["all_expected_values"]) == ["no", "yes"]
    assert every["all_local_importance_values"]["no"] == no["local_importance_values"]
    assert ask(output="predicted")["explained_output"] == every["prediction"]


def test_preprocessing_runs_once_per_request(endpoint, split_body, monkeypatch):
    calls = []
    original = ColumnTransformer.transform

    def counted(self, rows):
        calls.append(len(rows))
        return original(self, rows)

    monkeypatch.setattr(ColumnTransformer, "transform", counted)
    endpoint["pair"].post(first(split_body, 5))
    assert calls == [5]


def test_the_explainer_alone_answers_the_same_importances(endpoint, split_body):
    alone = endpoint["alone"].post(split_body)[1]["predictions"]
    pair = endpoint["pair"].post(split_body)[1]["predictions"]
    without = [
        {name: value for name, value in row.items() if name not in {"prediction", "probabilities"}}
        for row in pair
    ]
    assert alone == without


@pytest.mark.parametrize("name", ["pair", "alone"])
@pytest.mark.parametrize(
    "params",
    [{"top_k": -1}, {"top_k": None}, {"top_k": "a"}, {"top_k": float("nan")}, {"output": "perhaps"},
     {"explain": "yes"}, {"raw": 3}],
)  # fmt: skip
def test_67_params_that_cannot_be_answered_are_400(endpoint, split_body, name, params):
    if name == "alone" and "explain" in params:
        params = {"output": 5}
    status, answer = endpoint[name].post(first(split_body) | {"params": params})
    assert status == 400
    assert answer["error_code"] in {"INVALID_PARAMETER_VALUE", "BAD_REQUEST"}


def test_67_params_at_their_bounds(endpoint, split_body):
    everything = endpoint["pair"].post(first(split_body))[1]["predictions"][0]
    for params in ({"top_k": 0}, {"unknown": 1}, {}):
        answer = endpoint["pair"].post(first(split_body) | {"params": params})[1]
        assert answer["predictions"][0] == everything
    status, answer = endpoint["pair"].post(first(split_body) | {"params": {"top_k": 10**9}})
    assert status == 200
    assert len(answer["predictions"][0]["local_importance_values"]) == 11
    assert endpoint["pair"].post(first(split_body) | {"params": [1]})[0] == 400


def test_what_mlflow_puts_around_our_messages(endpoint, split_body):
    """Pinned: MLflow's server quotes the request in front of our message, which holds no values."""
    body = first(split_body) | {"params": {"output": "perhaps"}}
    message = endpoint["pair"].post(body)[1]["message"]
    quoted, ours = message.split("\nError: ")
    assert quoted.startswith("Failed to predict data '")
    assert "0.796703" in quoted
    assert ours == (
        "Expected `output` to be one of default, predicted, all, no, yes; got 'perhaps'. "
        "Ask for one of them."
    )


def test_categories_nullable_numbers_and_flags_come_as_json(tmp_path, iris):
    rows = iris[0].assign(
        kind=pd.Categorical(np.where(iris[0].iloc[:, 0] > 5.8, "big", "small")),
        count=pd.array(np.arange(150) % 5, dtype="Int64"),
        flag=np.arange(150) % 2 == 0,
    )
    rows.loc[3, "count"] = pd.NA
    model = LGBMClassifier(n_estimators=5, verbose=-1).fit(rows, iris[1])
    save_model(model, tmp_path / "m", scoring_explainer=TabularExplainer(model, rows))
    status, answer = Endpoint(tmp_path / "m").post(body_of(rows.head(60)))
    assert status == 200
    found = answer["predictions"]
    assert [row["prediction"] for row in found] == [str(y) for y in model.predict(rows.head(60))]
    proba = [list(row["probabilities"].values()) for row in found]
    np.testing.assert_array_equal(proba, model.predict_proba(rows.head(60)))


def test_narrow_columns_stay_narrow(tmp_path, iris):
    rows = iris[0].astype("float32").assign(kind=pd.Categorical(iris[1] + 3))
    model = LinearRegression().fit(rows.iloc[:, :4], iris[1])
    explainer = TabularExplainer(model, rows.iloc[:, :4])
    save_model(model, tmp_path / "m", scoring_explainer=explainer)
    answer = Endpoint(tmp_path / "m").post(body_of(rows.iloc[:9, :4].astype(float)))[1]
    predicted = [row["prediction"] for row in answer["predictions"]]
    plain = Endpoint(tmp_path / "m" / "model").post(body_of(rows.iloc[:9, :4].astype(float)))[1]
    assert predicted == plain["predictions"]
    np.testing.assert_allclose(predicted, model.predict(rows.iloc[:9, :4]), rtol=1e-5)
    trees = LGBMClassifier(n_estimators=3, verbose=-1).fit(rows[["kind"]], iris[1])
    save_model(trees, tmp_path / "n", scoring_explainer=TabularExplainer(trees, rows[["kind"]]))
    answer = Endpoint(tmp_path / "n").post(body_of(rows[["kind"]]))[1]["predictions"]
    assert [row["prediction"] for row in answer] == [str(y) for y in trees.predict(rows[["kind"]])]


def test_rows_the_model_would_refuse_have_no_reasons(tmp_path, iris):
    model = LogisticRegression(max_iter=500).fit(*iris)
    save_model(path=tmp_path / "m", scoring_explainer=TabularExplainer(model, iris[0]))
    rows = iris[0].head(2).copy()
    rows.iloc[0, 0] = np.nan
    found = Endpoint(tmp_path / "m").post(body_of(rows))[1]["predictions"]
    assert [row["explanation_status"] for row in found] == [NOT_FINITE, "ok"]
    assert found[0]["local_importance_values"] == {}


def test_labels_that_are_numbers_travel_as_strings_everywhere(tmp_path, iris):
    labels = np.where(iris[1] > 0, 1.0, 0.0)
    model = LGBMClassifier(n_estimators=3, verbose=-1).fit(iris[0], labels)
    explainer = TabularExplainer(model, iris[0], classes=["setosa", "other"])
    save_model(model, tmp_path / "m", scoring_explainer=explainer)
    row = Endpoint(tmp_path / "m").post(body_of(iris[0].head(1)))[1]["predictions"][0]
    assert row["prediction"] in row["probabilities"]
    assert row["explained_output"] == "1.0"


def test_a_regression_names_its_target(tmp_path, diabetes):
    rows, target = diabetes
    model = LinearRegression().fit(rows, target)
    signature = mlflow.models.infer_signature(rows, target.to_frame("progression"))
    explainer = TabularExplainer(model, rows)
    save_model(model, tmp_path / "m", scoring_explainer=explainer, signature=signature)
    body = body_of(rows.head(2))
    row = Endpoint(tmp_path / "m").post(body)[1]["predictions"][0]
    assert list(row) == [name for name in ROW_FIELDS if name != "probabilities"]
    assert (row["explained_output"], row["output_space"]) == ("progression", "raw")
    total = row["expected_value"] + sum(row["local_importance_values"].values())
    assert total == pytest.approx(row["prediction"], abs=1e-9)


def test_three_classes_of_numbers(tmp_path, iris, iris_boosting):
    save_model(
        iris_boosting, tmp_path / "m", scoring_explainer=TabularExplainer(iris_boosting, iris[0])
    )
    rows = iris[0].iloc[[0, 60, 120]]
    body = body_of(rows)
    answer = Endpoint(tmp_path / "m").post(body)[1]["predictions"]
    assert [row["prediction"] for row in answer] == ["0", "1", "2"]
    assert [row["explained_output"] for row in answer] == ["0", "1", "2"]
    assert {row["output_space"] for row in answer} == {"margin"}


def test_models_of_arrays_are_served_from_inputs(tmp_path, iris):
    rows, labels = iris[0].to_numpy(), iris[1].to_numpy() > 0
    model = LGBMClassifier(n_estimators=3, verbose=-1).fit(rows, labels)
    save_model(model, tmp_path / "m", scoring_explainer=TabularExplainer(model, rows))
    status, answer = Endpoint(tmp_path / "m").post({"inputs": rows[:2].tolist()})
    assert status == 200
    status, _ = Endpoint(tmp_path / "m").post({"inputs": rows[:2, :3].tolist()})
    assert status == 400
    assert answer["predictions"][0]["prediction"] == "False"
    assert list(answer["predictions"][0]["local_importance_values"]) == ["0", "1", "2", "3"]


def test_a_booster_answers_its_own_probability(tmp_path, iris):
    rows, labels = iris[0], (iris[1] > 0).astype(int)
    settings = {"objective": "binary", "verbose": -1}
    booster = lightgbm.train(settings, lightgbm.Dataset(rows, labels), 3)
    save_model(booster, tmp_path / "m", scoring_explainer=TabularExplainer(booster, rows))
    body = body_of(rows.head(1))
    row = Endpoint(tmp_path / "m").post(body)[1]["predictions"][0]
    assert row["prediction"] == booster.predict(rows.head(1))[0] == row["probabilities"]["1"]
    assert row["explained_output"] == "1"


def test_parameters_of_the_users_model_must_have_other_names(tmp_path, iris, iris_boosting):
    signature = mlflow.models.infer_signature(iris[0], params={"top_k": 1})
    with pytest.raises(InvalidInputError, match="top_k"):
        save_model(
            iris_boosting, tmp_path / "m", signature=signature,
            scoring_explainer=TabularExplainer(iris_boosting, iris[0]),
        )  # fmt: skip


def test_regression_of_trees(tmp_path, diabetes):
    model = LGBMRegressor(n_estimators=5, verbose=-1).fit(*diabetes)
    explainer = TabularExplainer(model, diabetes[0])
    save_model(model, tmp_path / "m", scoring_explainer=explainer, target="progression")
    rows = diabetes[0].head(1)
    answer = mlflow.pyfunc.load_model(str(tmp_path / "m")).predict(rows)
    assert answer["explained_output"].tolist() == ["progression"]
