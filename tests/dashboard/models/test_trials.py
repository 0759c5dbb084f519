"""Models that are exact on the rows of a page, and other models beside them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, MaxAbsScaler, StandardScaler
from xgboost import XGBClassifier, XGBRegressor

from mlflow_explain import TabularExplainer
from mlflow_explain.dashboard.models import trials, twin
from mlflow_explain.dashboard.models.checks import Embedded
from mlflow_explain.dashboard.models.exact import exported
from mlflow_explain.dashboard.models.values import Exported, NotExported
from mlflow_explain.dashboard.source import Source
from mlflow_explain.errors import InvalidInputError

DRAW = np.random.default_rng(5)
N = 200
FRAME = pd.DataFrame(
    {
        "a": DRAW.normal(size=N),
        "b": DRAW.integers(1, 10, N),
        "f": DRAW.integers(0, 4, N).astype(float),
    }
)
TWO = (FRAME["a"] + FRAME["f"] > 1.5).astype(int)
WORDS = pd.DataFrame(
    {
        "a": FRAME["a"],
        "word": pd.Categorical(DRAW.choice(list("pqrstu"), N)),
        "code": pd.Categorical(DRAW.choice([3, 10, 20, 35], N)),
    }
)
WON = (WORDS["a"] + 2.0 * WORDS["word"].isin(["q", "s"]) + DRAW.normal(size=N) > 1).astype(int)


class Clipped(StandardScaler):
    """Does more than the class it derives from."""

    def transform(self, rows, copy=None):
        return np.clip(super().transform(rows, copy=copy), -6, 6)


class Bounded(LinearRegression):
    """Predicts otherwise than the class it derives from."""

    def predict(self, rows):
        return np.clip(super().predict(rows), 0, 3)


class Careful(RandomForestClassifier):
    """Tells other probabilities than the class it derives from."""

    def predict_proba(self, rows):
        found = super().predict_proba(rows)
        found[np.asarray(rows)[:, 0] > 20] = [1, 0]
        return found


class Reported(Pipeline):
    """A Pipeline that predicts otherwise."""

    def predict_proba(self, rows, **params):
        return super().predict_proba(rows, **params).round(8)


class Named(StandardScaler):
    """Derives from a class, and does as that does."""


def page_model(model, rows, may_ask=True):
    explainer = TabularExplainer(model, rows)
    source = Source(model, explainer.choice.engine, may_ask)
    return exported(explainer.explain_local(rows), source)


@pytest.mark.parametrize("scaler", [MaxAbsScaler(clip=True), MaxAbsScaler(), Named()], ids=str)
def test_scalers_are_exact_beyond_the_rows_of_the_page(scaler):
    model = make_pipeline(scaler, LogisticRegression()).fit(FRAME, TWO)
    made = page_model(model, FRAME)
    assert made.mode == "exact"
    odd = FRAME.assign(a=[-50.0, 1e6] * (N // 2))
    answer = twin.answers(made, twin.inputs_of(odd, list(odd), made.inputs))
    np.testing.assert_allclose(answer.probabilities, model.predict_proba(odd), 0, 1e-9)


@pytest.mark.parametrize("may_ask", [True, False])
@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (make_pipeline(Clipped(), LogisticRegression()), "Clipped has a transform of its own"),
        (Bounded(), "Bounded has a predict of its own"),
        (Careful(5, random_state=0), "Careful has a predict_proba of its own"),
        (
            Reported([("s", StandardScaler()), ("m", LogisticRegression())]),
            "Reported has a predict_proba of its own",
        ),
    ],
    ids=["transformer", "regression", "classifier", "pipeline"],
)
def test_classes_that_override_what_counts_are_not_read_as_their_bases(model, reason, may_ask):
    made = page_model(model.fit(FRAME, TWO), FRAME, may_ask)
    assert isinstance(made, NotExported)
    assert made.reason.endswith(reason)


def test_a_method_put_onto_an_object_counts_too():
    model = LinearRegression().fit(FRAME, TWO)
    inner = model.predict
    model.predict = lambda rows: np.minimum(inner(rows), 3.0)
    assert "predict of its own" in page_model(model, FRAME).reason


@pytest.mark.parametrize("dtype", [int, np.float16])
@pytest.mark.parametrize("function", [np.asarray, np.array])
def test_arguments_of_a_function_count_before_the_function(function, dtype):
    front = FunctionTransformer(function, kw_args={"dtype": dtype}, feature_names_out="one-to-one")
    rows = FRAME[["b", "f"]]
    made = page_model(make_pipeline(front, LogisticRegression()).fit(rows, TWO), rows)
    assert "with arguments" in made.reason


@pytest.mark.parametrize("dtype", ["int8", "int16", "uint8", "float16"])
@pytest.mark.parametrize("function", [np.square, np.exp, np.sqrt, np.sign, np.abs])
def test_functions_of_narrow_types_are_refused(function, dtype):
    rows = FRAME[["b"]].astype(dtype)
    front = FunctionTransformer(function, feature_names_out="one-to-one")
    model = make_pipeline(front, HistGradientBoostingClassifier(max_iter=5)).fit(rows, TWO)
    assert f"in {dtype}" in page_model(model, rows, may_ask=False).reason


def test_what_is_only_seen_beside_the_rows_is_not_exact():
    model = LogisticRegression().fit(FRAME, TWO)
    made = page_model(model, FRAME)
    rows = Embedded(FRAME, tuple(FRAME))

    def error_of(odd):
        # As a model would that cuts off what it has not seen.
        given = odd.data.clip(FRAME.min(), FRAME.max(), axis=1)
        answer = twin.answers(made, odd.cells(made))
        return float(np.abs(answer.probabilities - model.predict_proba(given)).max())

    assert isinstance(made, Exported)
    assert error_of(rows) < 1e-12
    assert trials.largest_error(rows, set(FRAME), error_of) > 1e-3


def test_answers_that_overflow_on_both_sides_are_alike():
    rows = FRAME[["a", "f"]] * 10
    model = PoissonRegressor(alpha=0).fit(rows, np.exp(FRAME["a"] * 9))
    with np.errstate(over="ignore"):
        assert np.isinf(model.predict(rows + 20 * (rows.max() - rows.min()))).any()
    assert page_model(model, rows).mode == "exact"


def test_rows_that_the_model_does_not_take_are_passed_over():
    asked = []

    def error_of(odd):
        asked.append(odd.data)
        if odd.data.isna().any(axis=None) or (~odd.data["word"].isin(list("pqrstu"))).any():
            raise ValueError("a cell")
        return 0.25

    rows = Embedded(WORDS, tuple(WORDS))
    assert trials.largest_error(rows, set(WORDS), error_of) == 0.25
    assert len(asked) <= 8 * 16
    assert max(len(rows) for rows in asked) <= trials.MAX_ROWS
    assert all(rows["code"].dtype.name == "category" for rows in asked)


def test_the_model_is_asked_only_where_it_may_be():
    counted = []
    model = LogisticRegression().fit(FRAME, TWO)
    explainer = TabularExplainer(model, FRAME)
    explanation = explainer.explain_local(FRAME)
    inner = LogisticRegression.predict_proba

    def predict_proba(self, rows):
        counted.append(len(rows))
        return inner(self, rows)

    with pytest.MonkeyPatch.context() as patch:
        predict_proba.__module__ = "sklearn.linear_model"
        patch.setattr(LogisticRegression, "predict_proba", predict_proba)
        exported(explanation, Source(model, explainer.choice.engine, may_ask=False))
        assert counted == []
        exported(explanation, Source(model, explainer.choice.engine))
    assert 0 < sum(counted) < 400


@pytest.mark.parametrize("one_hot", [1, 100])
def test_xgboost_with_categories_it_was_not_fitted_with(one_hot):
    model = XGBClassifier(
        n_estimators=9, max_depth=3, enable_categorical=True, max_cat_to_onehot=one_hot
    ).fit(WORDS, WON)
    assert page_model(model, WORDS).mode == "exact"
    more = WORDS.assign(word=WORDS["word"].cat.add_categories(["a new one"]))
    assert "word has categories that it was not fitted with" in page_model(model, more).reason
    explainer = TabularExplainer(model, more)
    # XGBoost answers for it as for the next one that it knows.
    more.loc[3, "word"] = "a new one"
    with pytest.raises(InvalidInputError, match="in the column word") as caught:
        explainer.explain_local(more)
    assert "a new one" not in str(caught.value)
    # Where the examples do not name it, the explanation is of a row without it, and so is the page.
    explainer = TabularExplainer(model, WORDS)
    explanation = explainer.explain_local(more)
    assert pd.isna(explanation.rows.data["word"].iloc[3])
    made = exported(explanation, Source(model, explainer.choice.engine))
    assert made.mode == "exact"


@pytest.mark.parametrize("rounds", [3, None])
def test_xgboost_that_stopped_early_keeps_its_words(rounds):
    model = XGBClassifier(
        n_estimators=60, learning_rate=0.5, enable_categorical=True, early_stopping_rounds=rounds
    )
    model.fit(WORDS[50:], WON[50:], eval_set=[(WORDS[:50], WON[:50])], verbose=False)
    assert rounds is None or model.best_iteration < model.get_booster().num_boosted_rounds() - 1
    local = TabularExplainer(model, WORDS).explain_local(WORDS).local
    margins = model.predict(WORDS, output_margin=True)
    np.testing.assert_allclose(local.values[..., -1].sum(1) + local.base_values[-1], margins,
                               1e-5, 1e-5)  # fmt: skip
    assert page_model(model, WORDS).mode == "exact"


def test_xgboost_that_lost_its_words_is_explained_by_its_answers():
    model = XGBClassifier(n_estimators=9, enable_categorical=True).fit(WORDS, WON)
    cut = model.get_booster()[:5]
    explainer = TabularExplainer(cut, WORDS)
    assert explainer.choice.engine.name != "tree"
    assert "names it does not keep" in repr(explainer.choice)


def test_a_regression_by_the_logistic_function_says_so():
    model = XGBRegressor(n_estimators=5, objective="reg:logistic").fit(FRAME, TWO)
    assert "by the logistic function" in page_model(model, FRAME).reason
