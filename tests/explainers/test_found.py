"""What a hunt for faults found, each kept from coming back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import xgboost
from catboost import CatBoostRegressor
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingRegressor,
    RandomForestRegressor,
    StackingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

from mlflow_explain import KernelExplainer, TabularExplainer, TreeExplainer, load_model, save_model
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.scoring import store
from mlflow_explain.tracking.models.environment import pip_requirements

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(200, 4))
SCORE = ROWS[:, 0] * ROWS[:, 1] + ROWS[:, 2]
TWO, FOUR = (SCORE > 0).astype(int), np.digitize(SCORE, [-1, 0, 1])


def boosted(objective, labels, **more):
    return xgboost.train({"objective": objective, **more}, xgboost.DMatrix(ROWS, labels), 4)


def test_boosters_tell_probabilities_only_where_their_objective_does():
    soft = TabularExplainer(boosted("multi:softmax", FOUR, num_class=4), ROWS)
    found = soft.explain_local(ROWS[:5])
    assert (found.classes, found.eval_y_predicted_proba) == ((0, 1, 2, 3), None)
    logit = boosted("binary:logitraw", TWO)
    with pytest.raises(InvalidInputError, match="among the 2 labels"):
        KernelExplainer(logit, ROWS, model_task="classification", classes=["n", "y"])
    told = TabularExplainer(boosted("binary:logistic", TWO), ROWS).explain_local(ROWS[:2])
    np.testing.assert_allclose(told.eval_y_predicted_proba.sum(axis=1), 1)


@pytest.mark.parametrize("framed", [False, True])
def test_a_linear_booster_is_asked_through_its_own_matrix(framed):
    rows = pd.DataFrame(ROWS, columns=list("abcd")) if framed else ROWS
    matrix = xgboost.DMatrix(rows, 3 * ROWS[:, 0])
    booster = xgboost.train({"booster": "gblinear"}, matrix, 20)
    found = TabularExplainer(booster, rows).explain_local(rows[:5])
    np.testing.assert_allclose(found.eval_y_predicted, booster.predict(matrix)[:5], rtol=1e-6)
    assert found.get_ranked_global_names()[0] == found.features[0]
    sums = found.expected_values[0] + found.local_importance_values.sum(axis=1)
    np.testing.assert_allclose(sums, found.eval_y_predicted, atol=1e-5)


def test_a_linear_booster_of_classes_tells_probabilities():
    two = boosted("binary:logistic", TWO, booster="gblinear")
    found = TabularExplainer(two, ROWS).explain_local(ROWS[:3])
    chance = two.predict(xgboost.DMatrix(ROWS[:3]))
    np.testing.assert_allclose(found.eval_y_predicted_proba[:, 1], chance, atol=1e-6)


def test_a_softmax_booster_is_served_by_its_labels(tmp_path):
    booster = boosted("multi:softmax", FOUR, num_class=4)
    save_model(booster, tmp_path / "m", scoring_explainer=TabularExplainer(booster, ROWS))
    answer = load_model(tmp_path / "m").explainer.explain(ROWS[:2])
    assert np.shape(answer) == (4, 2, 4)


def test_a_number_for_missing_is_compared_as_the_model_compares():
    holes = np.where(RNG.random(ROWS.shape) < 0.2, -999.1, ROWS)
    model = xgboost.XGBRegressor(n_estimators=5, missing=-999.1).fit(holes, SCORE)
    for rows in (holes, holes.astype(np.float32)):
        found = TreeExplainer(model, rows).explain_local(rows)
        assert found.quality["additivity_error_max"] < 1e-5


def test_infinity_for_missing_is_kept_as_strict_json(tmp_path):
    model = xgboost.XGBRegressor(n_estimators=3, missing=np.inf)
    holes = np.where(RNG.random(ROWS.shape) < 0.2, np.inf, ROWS)
    model.fit(holes, SCORE)
    explainer = TreeExplainer(model, holes)
    save_model(path=tmp_path / "m", scoring_explainer=explainer)
    again = load_model(tmp_path / "m").explain(holes[:5])
    np.testing.assert_array_equal(again, explainer.explain_local(holes[:5]).local_importance_values)


def test_truths_and_numbers_are_one_category():
    frame = pd.DataFrame({"a": ROWS[:, 0], "b": ROWS[:, 1] > 0})
    model = HistGradientBoostingRegressor(max_iter=5, categorical_features=["b"])
    model.fit(frame, SCORE + 2 * frame.b)
    found = TabularExplainer(model, frame).explain_local(frame.assign(b=frame.b.astype(int)))
    assert found.quality["additivity_error_max"] < 1e-9


@pytest.mark.parametrize(
    "words", [["é", "w", "ü", "z"], ["aé", "b", "c", "d"], ["é", "è", "a", "b"]]
)
def test_words_that_are_not_ascii_never_give_wrong_sums(words):
    frame = pd.DataFrame({"a": ROWS[:, 0], "word": pd.Categorical(np.array(words)[FOUR])})
    model = xgboost.XGBRegressor(n_estimators=5, enable_categorical=True).fit(frame, SCORE)
    explainer = TabularExplainer(model, frame.head(30))
    assert explainer.method == "tree"
    assert explainer.explain_local(frame).quality["additivity_error_max"] < 1e-5
    if words[0] != "é":
        return  # XGBoost itself refuses other categories than those of training here
    # With other categories in the background, which word is which cannot be told.
    fewer = frame[frame.word != words[0]]
    fewer = fewer.assign(word=fewer.word.cat.remove_unused_categories())
    explainer = TabularExplainer(model, fewer)
    assert explainer.method == "kernel"
    assert "not kept as they were named" in explainer.choice.refusals[0].reason


def test_functions_that_write_to_their_rows_do_not_change_the_users():
    def careless(rows):
        rows[:, 0] = 0.0
        return rows.sum(axis=1)

    rows = ROWS[:20].copy()
    KernelExplainer(careless, rows).explain_local(rows)
    np.testing.assert_array_equal(rows, ROWS[:20])


def test_early_stopping_is_seen_in_a_loaded_model(tmp_path):
    model = xgboost.XGBRegressor(n_estimators=60, early_stopping_rounds=2, learning_rate=0.9)
    model.fit(ROWS[:100], SCORE[:100], eval_set=[(ROWS[100:], SCORE[100:])], verbose=False)
    model.save_model(tmp_path / "m.json")
    loaded = xgboost.XGBRegressor()
    loaded.load_model(tmp_path / "m.json")
    assert model.best_iteration < 59
    for each in (model, loaded):
        assert TreeExplainer(each, ROWS).explain_local(ROWS).quality["additivity_error_max"] < 1e-5


def test_a_pipelines_library_is_required_and_trusted(tmp_path):
    model = make_pipeline(StandardScaler(), xgboost.XGBRegressor(n_estimators=3)).fit(ROWS, SCORE)
    save_model(model, tmp_path / "m", scoring_explainer=TabularExplainer(model, ROWS))
    assert "xgboost" in (tmp_path / "m" / "requirements.txt").read_text()
    np.testing.assert_array_equal(
        load_model(tmp_path / "m").model.predict(ROWS), model.predict(ROWS)
    )
    cat = CatBoostRegressor(iterations=2, verbose=0, allow_writing_files=False)
    votes = VotingRegressor([("a", cat), ("b", cat)]).fit(ROWS, SCORE)
    engine = TabularExplainer(votes, ROWS).choice.engine
    assert any(line.startswith("catboost==") for line in pip_requirements(engine))


def test_weights_of_votes_may_be_an_array():
    members = [("a", Ridge()), ("b", LinearRegression()), ("c", "drop")]
    model = VotingRegressor(members, weights=np.array([1, 2, 5])).fit(ROWS, SCORE)
    assert TabularExplainer(model, ROWS).method == "composed"


def test_what_does_not_fit_a_composition_goes_to_the_black_box():
    targets = np.column_stack([SCORE, ROWS[:, 3]])
    two = TransformedTargetRegressor(LinearRegression(), transformer=StandardScaler())
    final = StackingClassifier(
        [("a", DecisionTreeClassifier(max_depth=2))], final_estimator=SVC(kernel="linear"), cv=2
    )
    for model, target in ((two, targets), (final, FOUR)):
        explainer = TabularExplainer(model.fit(ROWS, target), ROWS[:20])
        assert explainer.method == "kernel"
        explainer.explain_local(ROWS[:1])


def test_standard_errors_go_with_a_subset_and_with_raw_columns():
    rows = RNG.normal(size=(30, 13))

    def product(x):
        return x[:, :6].prod(axis=1)

    whole = KernelExplainer(product, rows, nsamples=100).explain_local(rows[:2])
    part = KernelExplainer(product, rows, nsamples=100, explain_subset=[3, 1]).explain_local(
        rows[:2]
    )
    np.testing.assert_array_equal(
        part.local.standard_errors, whole.local.standard_errors[:, [3, 1]]
    )
    scaler = StandardScaler().fit(rows)
    forest = RandomForestRegressor(2, random_state=0).fit(scaler.transform(rows), rows[:, 0])
    behind = KernelExplainer(forest, rows, transformations=scaler, nsamples=100)
    found = behind.explain_local(rows[:2])
    np.testing.assert_allclose(found.local.standard_errors, found.engineered.local.standard_errors)


def test_truths_beside_numbers_are_asked_as_numbers():
    frame = pd.DataFrame({"a": ROWS[:, 0], "b": ROWS[:, 1] > 0})
    model = LGBMRegressor(n_estimators=3, verbose=-1).fit(frame, SCORE)
    asked = frame.head(3).assign(b=[1, 0, 1])
    found = KernelExplainer(model, frame).explain_local(asked)
    sums = found.expected_values[0] + found.local_importance_values.sum(axis=1)
    np.testing.assert_allclose(sums, model.predict(asked), atol=1e-12)


def test_budgets_too_small_for_honest_errors_are_refused():
    rows = RNG.normal(size=(30, 14))
    from mlflow_explain.errors import UnsupportedModelError

    with pytest.raises(UnsupportedModelError, match="56 or more"):
        KernelExplainer(lambda x: x[:, 0], rows, nsamples=np.int64(30))


def test_codes_are_not_taken_for_unknown_categories():
    frame = pd.DataFrame({"a": ROWS[:, 0], "word": pd.Categorical(np.array(list("wxyz"))[FOUR])})
    model = LGBMClassifier(n_estimators=3, verbose=-1).fit(frame, TWO)
    explainer = TabularExplainer(model, frame)
    codes = np.column_stack([frame.a, frame.word.cat.codes])
    with pytest.raises(InvalidInputError, match="no codes of categories"):
        explainer.explain_local(codes)


def test_the_explainer_of_another_preprocessing_is_refused(tmp_path):
    one = make_pipeline(StandardScaler(), Ridge()).fit(ROWS, SCORE)
    other = make_pipeline(MinMaxScaler().fit(ROWS), one[-1])
    with pytest.raises(InvalidInputError, match="explainer of this Ridge"):
        save_model(other, tmp_path / "m", scoring_explainer=TabularExplainer(one, ROWS))


def test_models_that_know_their_rows_by_heart_are_told_apart(tmp_path):
    one, other = (ExtraTreesRegressor(4, random_state=seed).fit(ROWS, SCORE) for seed in (0, 1))
    np.testing.assert_allclose(one.predict(ROWS), other.predict(ROWS))
    with pytest.raises(InvalidInputError, match="one of another ExtraTreesRegressor"):
        save_model(other, tmp_path / "m", scoring_explainer=TabularExplainer(one, ROWS))


def test_sums_that_are_no_numbers_are_said():
    model = LinearRegression().fit(ROWS, 1e6 * SCORE)
    with (
        pytest.warns(UserWarning, match="differ from the model's output"),
        np.errstate(all="ignore"),
    ):
        TabularExplainer(model, ROWS).explain_local(np.full((1, 4), 1e308))


def test_several_classes_one_by_one_are_margins():
    model = LGBMClassifier(objective="multiclassova", n_estimators=3, verbose=-1).fit(ROWS, FOUR)
    assert TreeExplainer(model, ROWS).explain_local(ROWS[:2]).output_space == "margin"


def test_the_explainer_of_other_columns_is_refused_as_such(tmp_path):
    one, wide = Ridge().fit(ROWS, SCORE), Ridge().fit(np.hstack([ROWS, ROWS]), SCORE)
    frame = pd.DataFrame(ROWS, columns=list("abcd"))
    piped = make_pipeline(StandardScaler(), Ridge()).fit(frame, SCORE)
    others = make_pipeline(StandardScaler(), Ridge()).fit(frame.add_prefix("z"), SCORE)
    for model, explainer in (
        (wide, TabularExplainer(one, ROWS)), (others, TabularExplainer(piped, frame))
    ):  # fmt: skip
        with pytest.raises(InvalidInputError, match="explainer of this Ridge"):
            save_model(model, tmp_path / "m", scoring_explainer=explainer)


def test_an_error_of_the_model_is_not_blamed_on_the_manifest(tmp_path):
    def broken():
        raise TypeError("mine")

    model = KNeighborsRegressor(3).fit(ROWS, SCORE)
    scoring = TabularExplainer(model, ROWS).create_scoring_explainer()
    store.save(scoring.scorer, tmp_path / "m")
    with pytest.raises(TypeError, match="mine"):
        store.load(tmp_path / "m", model=broken)


def test_columns_named_by_numbers_are_put_in_order_like_any_others():
    frame = pd.DataFrame(ROWS, columns=list("0123"))
    model = LinearRegression().fit(frame, SCORE)
    found = TabularExplainer(model, frame[list("3120")]).explain_local(frame.head(3))
    assert found.features == tuple("0123")
    assert found.quality["additivity_error_max"] <= 1e-9
