"""What is set when logging, and asked for by a request, through the scoring server."""

from __future__ import annotations

import catboost
import lightgbm as lgb
import numpy as np
import pytest
import xgboost
from mlflow.models import Model
from mlflow.types.schema import DataType
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier
from sklearn.neighbors import KNeighborsClassifier

from mlflow_explain import (
    KernelExplainer,
    LGBMExplainableModel,
    MimicExplainer,
    TabularExplainer,
    save_model,
)
from mlflow_explain.data import time_limit
from mlflow_explain.errors import InvalidInputError
from tests import small
from tests.serving import Endpoint, body_of


def predictions(endpoint, rows, **params):
    body = body_of(rows) | ({"params": params} if params else {})
    status, answer = endpoint.post(body)
    assert status == 200, answer
    return answer["predictions"]


@pytest.fixture(scope="module")
def boosting(iris):
    return lgb.LGBMClassifier(n_estimators=5, verbose=-1).fit(*iris)


def saved(model, rows, path, **options):
    save_model(model, path, scoring_explainer=TabularExplainer(model, rows), **options)
    return Endpoint(path)


def test_only_rows_that_meet_the_condition_are_explained(boosting, iris, tmp_path):
    rows = iris[0].iloc[::10]
    all_rows = predictions(saved(boosting, iris[0], tmp_path / "all"), rows)
    condition = "prediction == '1' or probability < 0.55"
    some = predictions(saved(boosting, iris[0], tmp_path / "m", explain_when=condition), rows)
    skipped = 0
    for found, whole in zip(some, all_rows, strict=True):
        sure = max(whole["probabilities"].values()) >= 0.55
        if whole["prediction"] != "1" and sure:
            skipped += 1
            assert found["local_importance_values"] == {}
            assert found["explanation_status"] == "skipped: the row does not meet explain_when"
            assert list(found) == list(whole)
            assert found["probabilities"] == whole["probabilities"]
        else:
            assert found == whole
    assert 0 < skipped < len(rows)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"explain_when": "probability << 2"}, "`explain_when` to be a comparison"),
        ({"explain_when": "probability['x'] < 1"}, "by the labels '0', '1', '2'; got 'x'"),
        ({"explain_when": "prediction == 3"}, "by the labels '0', '1', '2'; got '3'"),
        ({"format": "tuple"}, "format to be one of dict, list; got 'tuple'"),
        ({"budget_ms": -1}, "budget_ms"),
        ({"budget_ms": 1.5}, "budget_ms"),
        ({"max_explained_rows": 0}, "max_explained_rows"),
        ({"explain_by_default": "no"}, "explain_by_default"),
    ],
)
def test_settings_that_cannot_be_kept_are_refused_before_a_file_is_written(
    boosting, iris, tmp_path, options, complaint
):
    explainer = TabularExplainer(boosting, iris[0])
    with pytest.raises(InvalidInputError, match=complaint):
        save_model(boosting, tmp_path / "m", scoring_explainer=explainer, **options)
    assert not (tmp_path / "m").exists()


def test_a_condition_on_probabilities_needs_a_model_that_tells_them(tmp_path, diabetes):
    model = LinearRegression().fit(*diabetes)
    explainer = TabularExplainer(model, diabetes[0])
    with pytest.raises(InvalidInputError, match="tells no probabilities"):
        save_model(model, tmp_path / "m", scoring_explainer=explainer, explain_when="probability>1")


def test_an_explainer_alone_knows_no_prediction_to_compare(boosting, iris, tmp_path):
    scoring = TabularExplainer(boosting, iris[0]).create_scoring_explainer()
    with pytest.raises(InvalidInputError, match="a model beside its explainer"):
        save_model(path=tmp_path / "m", scoring_explainer=scoring, explain_when="probability < 1")


def test_lists_instead_of_objects(boosting, iris, tmp_path):
    rows = iris[0].iloc[[0, 60]]
    named = predictions(saved(boosting, iris[0], tmp_path / "d"), rows)
    endpoint = saved(boosting, iris[0], tmp_path / "l", format="list")
    listed = predictions(endpoint, rows)
    for a, b in zip(named, listed, strict=True):
        assert b["local_importance_values"] == list(a["local_importance_values"].values())
        assert {**a, "local_importance_values": None} == {**b, "local_importance_values": None}
    (row,) = predictions(endpoint, rows.head(1), top_k=1)
    assert [v is None for v in row["local_importance_values"]].count(False) == 1
    kind = Model.load(str(tmp_path / "l")).signature.outputs.input_dict()["local_importance_values"]
    assert str(kind.type) == "Array(double)"


def test_69_a_black_box_is_stopped_between_the_questions_it_asks(iris, tmp_path, monkeypatch):
    model = KNeighborsClassifier().fit(*iris)
    save_model(model, tmp_path / "m", scoring_explainer=KernelExplainer(model, iris[0]))
    endpoint = Endpoint(tmp_path / "m")
    (whole,) = predictions(endpoint, iris[0].head(1))
    assert whole["explanation_status"] == "ok"
    # The clock runs while the engine asks, not before.
    ticks = iter([0.0, 0.0, *np.arange(0.0, 1000.0, 5.0)])
    monkeypatch.setattr(time_limit, "clock", lambda: float(next(ticks)))
    (late,) = predictions(endpoint, iris[0].head(1), budget_ms=1)
    assert late["explanation_status"] == "out of time: budget_ms is over"
    assert late["prediction"] == whole["prediction"]


class TestApproximate:
    def test_a_mimic_tells_what_its_sums_lack(self, iris, tmp_path):
        model = KNeighborsClassifier(9).fit(*iris)
        explainer = MimicExplainer(model, iris[0], LGBMExplainableModel)
        save_model(model, tmp_path / "m", scoring_explainer=explainer)
        rows = iris[0].iloc[::30]
        found = predictions(Endpoint(tmp_path / "m"), rows, top_k=2)
        own = explainer.choice.row.scores(explainer.choice.engine, explainer.subject.whole, rows)
        sums = [
            r["expected_value"] + sum(r["local_importance_values"].values()) + r["other_importance"]
            for r in found
        ]
        at = [int(r["explained_output"]) for r in found]
        lacking = own[np.arange(len(at)), at] - np.array(sums)
        np.testing.assert_allclose([r["additivity_residual"] for r in found], lacking, atol=1e-9)
        assert np.abs(lacking).max() > 1e-6
        outputs = Model.load(str(tmp_path / "m")).signature.outputs
        assert "additivity_residual" in outputs.input_names()

    def test_exact_sums_lack_nothing(self, boosting, iris, tmp_path):
        (row,) = predictions(saved(boosting, iris[0], tmp_path / "m"), iris[0].head(1))
        assert "additivity_residual" not in row


class TestSeveralTargets:
    @pytest.fixture
    def two(self, diabetes):
        rows, outcome = diabetes
        outcomes = np.column_stack([outcome, -2.0 * outcome + rows.iloc[:, 0]])
        return RandomForestRegressor(5, random_state=0).fit(rows, outcomes)

    def test_the_first_is_explained_and_others_on_request(self, two, diabetes, tmp_path):
        rows = diabetes[0].head(3)
        endpoint = saved(two, diabetes[0], tmp_path / "m", target=("disease", "other"))
        own = two.predict(rows)
        for output, name in ((None, "disease"), ("other", "other"), ("predicted", "disease")):
            found = predictions(endpoint, rows, **({"output": output} if output else {}))
            column = ("disease", "other").index(name)
            for row, numbers in zip(found, own.tolist(), strict=True):
                assert row["prediction"] == numbers
                assert row["explained_output"] == name
                total = row["expected_value"] + sum(row["local_importance_values"].values())
                assert total == pytest.approx(numbers[column], rel=1e-9)
        (every,) = predictions(endpoint, rows.head(1), output="all")
        for name, number in zip(("disease", "other"), own[0].tolist(), strict=True):
            total = every["all_expected_values"][name]
            total += sum(every["all_local_importance_values"][name].values())
            assert total == pytest.approx(number, rel=1e-9)

    def test_without_names_they_are_numbered(self, two, diabetes, tmp_path):
        endpoint = saved(two, diabetes[0], tmp_path / "m")
        (row,) = predictions(endpoint, diabetes[0].head(1))
        assert row["explained_output"] == "prediction_0"
        status, answer = endpoint.post(
            body_of(diabetes[0].head(1)) | {"params": {"output": "prediction_2"}}
        )
        assert status == 400
        assert "prediction_0, prediction_1" in answer["message"]

    def test_as_many_names_as_targets(self, two, diabetes, tmp_path):
        with pytest.raises(InvalidInputError, match="2 names"):
            saved(two, diabetes[0], tmp_path / "m", target=("a", "b", "c"))


def test_the_model_is_asked_once_for_both_answers(iris, tmp_path, monkeypatch):
    model = RandomForestClassifier(3, random_state=0).fit(*iris)
    endpoint = saved(model, iris[0], tmp_path / "m")
    asked = []
    real = RandomForestClassifier.predict_proba

    def counted(self, rows):
        asked.append(len(rows))
        return real(self, rows)

    monkeypatch.setattr(RandomForestClassifier, "predict_proba", counted)
    found = predictions(endpoint, iris[0].iloc[[0, 60]])
    assert asked == [2]
    assert [row["prediction"] for row in found] == ["0", "1"]


def test_the_reply_is_a_table_like_any_other(boosting, iris, tmp_path):
    endpoint = saved(boosting, iris[0], tmp_path / "m")
    answer = endpoint.model.predict(iris[0].head(2))
    rows = answer.to_dict(orient="records")
    assert rows == answer.copy().to_dict("records") == answer.iloc[:].to_dict("records")
    assert type(answer.iloc[:1]).__name__ == "DataFrame"
    answer["mine"] = [1, 2]
    assert [row["mine"] for row in answer.to_dict("records")] == [1, 2]
    assert list(answer.to_dict()) == list(answer.columns)


class TestOddModels:
    """Models whose predictions are not labels, or not of the largest probability."""

    def test_the_probability_of_the_predicted_class_need_not_be_the_largest(self, tmp_path):
        rows, label = small.FRAME, small.LABELS
        inner = LogisticRegression().fit(rows, label)
        model = FixedThresholdClassifier(inner, threshold=0.1, pos_label=inner.classes_[1])
        model.fit(rows, label)
        save_model(
            model, tmp_path / "m", scoring_explainer=KernelExplainer(model, rows),
            explain_when="probability < 0.5",
        )  # fmt: skip
        found = predictions(Endpoint(tmp_path / "m"), rows)
        for row in found:
            meets = row["probabilities"][row["prediction"]] < 0.5
            assert (row["explanation_status"] == "ok") == meets
        assert 0 < sum(row["explanation_status"] == "ok" for row in found) < len(found)

    def test_a_prediction_of_several_numbers_is_no_condition(self, diabetes, tmp_path):
        rows, outcome = diabetes
        two = LinearRegression().fit(rows, np.column_stack([outcome, -outcome]))
        explainer = TabularExplainer(two, rows)
        with pytest.raises(InvalidInputError, match="a prediction is several numbers"):
            save_model(
                two, tmp_path / "m", scoring_explainer=explainer, explain_when="prediction > 0"
            )

    def test_catboost_without_a_task_answers_margins(self, iris, tmp_path):
        label = (iris[1] == 2).astype(int)
        model = catboost.CatBoost(
            {"loss_function": "Logloss", "iterations": 4, "verbose": False}
        ).fit(iris[0], label)  # fmt: skip
        explainer = TabularExplainer(model, iris[0], classes=[0, 1], model_task="classification")
        save_model(model, tmp_path / "m", scoring_explainer=explainer)
        found = predictions(Endpoint(tmp_path / "m"), iris[0].iloc[::30])
        own = model.predict(iris[0].iloc[::30])
        assert [row["prediction"] for row in found] == own.tolist()
        for row, margin in zip(found, own.tolist(), strict=True):
            assert row["explanation_status"] == "ok"
            total = row["expected_value"] + sum(row["local_importance_values"].values())
            assert total == pytest.approx(margin, rel=1e-6, abs=1e-9)

    @pytest.mark.parametrize("classes", [None, ["x", "y", "z"]])
    def test_a_softmax_booster_answers_numbers_of_classes(self, iris, tmp_path, classes):
        settings = {"objective": "multi:softmax", "num_class": 3, "max_depth": 2}
        model = xgboost.train(settings, xgboost.DMatrix(*iris), 4)
        explainer = TabularExplainer(model, iris[0], classes=classes)
        save_model(model, tmp_path / "m", scoring_explainer=explainer)
        found = predictions(Endpoint(tmp_path / "m"), iris[0].iloc[::30])
        names = classes or ["0", "1", "2"]
        for row in found:
            assert row["explanation_status"] == "ok"
            assert row["explained_output"] == names[int(row["prediction"])]
        outputs = Model.load(str(tmp_path / "m")).signature.outputs
        assert outputs.input_dict()["prediction"].type == DataType.double

    # LightGBM says so with each prediction, the plain model's, too.
    @pytest.mark.filterwarnings("ignore:Cannot compute class probabilities")
    def test_an_objective_of_the_users_own_answers_scores(self, iris, tmp_path):
        def squared(truth, score):
            return score - truth, np.ones_like(score)

        label = (iris[1] == 2).astype(int)
        model = lgb.LGBMClassifier(n_estimators=4, objective=squared, verbose=-1)
        model.fit(iris[0], label)
        save_model(
            model, tmp_path / "m", scoring_explainer=TabularExplainer(model, iris[0]),
            serialization_format="cloudpickle",
        )  # fmt: skip
        (row,) = predictions(Endpoint(tmp_path / "m"), iris[0].head(1))
        assert row["explanation_status"] == "ok"
        assert "probabilities" not in row
        assert row["prediction"] == model.predict(iris[0].head(1))[0]
        names = Model.load(str(tmp_path / "m")).signature.outputs.input_names()
        assert list(row) == names


@pytest.mark.parametrize("given", [10**400, -1, 86_400_001])
def test_67_a_budget_is_a_number_of_milliseconds(boosting, iris, tmp_path, given):
    endpoint = saved(boosting, iris[0], tmp_path / "m")
    body = body_of(iris[0].head(1)) | {"params": {"budget_ms": given}}
    status, answer = endpoint.post(body)
    assert status == 400
    assert "budget_ms" in answer["message"]
