"""Raw columns from `transformations`, through the public API."""

from __future__ import annotations

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from scipy import sparse
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    LabelBinarizer,
    LabelEncoder,
    OneHotEncoder,
    OrdinalEncoder,
    StandardScaler,
)

from mlflow_explain import LinearExplainer, TabularExplainer, TreeExplainer, load_model, save_model
from mlflow_explain.errors import FeatureError, InvalidInputError, UnfittedModelError
from tests.raw_columns import (
    FRAME,
    IMPUTER,
    NUMBERS,
    ONE_HOT,
    SCALED,
    SOURCES,
    TARGET,
    TUPLES,
    WORDS,
    check_folded,
    engineered,
)


@pytest.mark.parametrize(
    "family",
    [LogisticRegression(max_iter=1000), LGBMClassifier(n_estimators=5, verbose=-1),
     HistGradientBoostingClassifier(max_iter=5)],
    ids=lambda model: type(model).__name__,
)  # fmt: skip
def test_tuples_of_columns_and_fitted_transformers(family):
    model = family.fit(engineered(), TARGET)
    explainer = TabularExplainer(model, FRAME, transformations=TUPLES, classes=["no", "yes"])
    found = explainer.explain_global(FRAME)
    assert found.features == tuple(FRAME)
    assert found.classes == ("no", "yes")
    # The estimator gets what it was trained on, as an array.
    np.testing.assert_array_equal(found.engineered.eval_data, engineered())
    np.testing.assert_array_equal(found.eval_y_predicted_proba, model.predict_proba(engineered()))
    check_folded(found, SOURCES)
    assert found.quality["additivity_error_max"] <= 1e-9
    # Columns that are not named are dropped.
    assert found.local_importance_values[..., -1].any() == np.False_
    assert found.engineered.features[:6] == ("age", "fare", "port_a", "port_b", "port_c", "be")


def test_what_the_user_passed_stays_as_it_was():
    before = [(columns, part) for columns, part in TUPLES]
    mean = SCALED[1].mean_.copy()
    model = LogisticRegression(max_iter=1000).fit(engineered(), TARGET)
    TabularExplainer(model, FRAME.head(20), transformations=TUPLES)
    assert before == TUPLES
    np.testing.assert_array_equal(SCALED[1].mean_, mean)
    assert not hasattr(SCALED, "feature_names_in_")


def test_a_list_of_transformers_is_applied_in_turn_and_positions_name_columns():
    rows = FRAME[NUMBERS].to_numpy()
    chain = [IMPUTER, StandardScaler().fit(IMPUTER.transform(rows))]
    made = chain[1].transform(IMPUTER.transform(rows))
    model = LinearRegression().fit(made, TARGET)
    for columns, features in (([0, 1], None), (["a", "f"], ["a", "f"]), ([0, -1], ["a", "f"])):
        found = LinearExplainer(
            model, rows, features=features, transformations=[(columns, chain)]
        ).explain_global(rows)
        np.testing.assert_allclose(found.eval_y_predicted, model.predict(made))
        np.testing.assert_allclose(
            found.local_importance_values, found.engineered.local_importance_values
        )
    by_label = FRAME[NUMBERS].set_axis([10, 20], axis=1)
    found = LinearExplainer(model, by_label, transformations=[([10, 20], chain)])
    np.testing.assert_allclose(found.explain_local(by_label).eval_y_predicted, model.predict(made))


def test_a_single_name_is_one_dimension_unless_the_transformer_was_fitted_on_a_table():
    coded = OrdinalEncoder().fit(FRAME[["port"]])
    flags = LabelBinarizer().fit(FRAME["sex"])
    made = np.hstack([coded.transform(FRAME[["port"]]), flags.transform(FRAME["sex"])])
    model = LGBMClassifier(n_estimators=3, verbose=-1).fit(made, TARGET)
    found = TreeExplainer(
        model, FRAME, transformations=[("port", coded), (["sex"], flags)]
    ).explain_global(FRAME)
    np.testing.assert_array_equal(found.engineered.eval_data, made)
    check_folded(found, ["port", "sex"])


def test_tuples_that_all_make_sparse_rows_leave_them_sparse():
    words = TfidfVectorizer().fit(FRAME["text"])
    made = sparse.hstack([words.transform(FRAME["text"]), ONE_HOT.transform(FRAME[["port"]])])
    model = LogisticRegression().fit(made.tocsr(), TARGET)
    found = TabularExplainer(
        model, FRAME, transformations=[("text", words), (["port"], ONE_HOT)]
    ).explain_global(FRAME)
    assert sparse.issparse(found.engineered.eval_data)
    check_folded(found, ["text"] * 4 + ["port"] * 3)


@pytest.mark.parametrize(
    ("transformations", "error", "message"),
    [
        ([("sex", LabelEncoder())], UnfittedModelError, "for the columns sex"),
        ([(NUMBERS, make_pipeline(SimpleImputer(), StandardScaler()))], UnfittedModelError,
         "for the columns age, fare"),
        ([(["gone"], None)], FeatureError, "'gone'"),
        ([([99], None)], FeatureError, "99"),
        ([], InvalidInputError, "an empty list"),
        (["age"], InvalidInputError, "list of tuples"),
        ([(["age"], 3)], InvalidInputError, "int"),
        (3, InvalidInputError, "fitted ColumnTransformer"),
        ([(["text"], WORDS)], InvalidInputError, "columns text"),
        ([(NUMBERS, None)], InvalidInputError, "make 14 columns"),
    ],
)  # fmt: skip
def test_other_transformations_are_refused_by_name(transformations, error, message):
    model = LogisticRegression(max_iter=1000).fit(engineered(), TARGET)
    with pytest.raises(error, match=message):
        TabularExplainer(model, FRAME, transformations=transformations)


def test_a_pipeline_of_transformers_is_one_and_is_fitted_already(on_tables):
    steps, model = on_tables
    expected = TabularExplainer(make_pipeline(*steps, model), FRAME).explain_global(FRAME)
    found = TabularExplainer(model, FRAME, transformations=make_pipeline(*steps))
    np.testing.assert_array_equal(
        found.explain_global(FRAME).local_importance_values, expected.local_importance_values
    )
    unfitted = make_column_transformer((StandardScaler(), ["fare"]))
    with pytest.raises(UnfittedModelError, match="Call `fit` first"):
        TabularExplainer(model, FRAME, transformations=unfitted)
    with pytest.raises(InvalidInputError, match="a Pipeline that has its own"):
        TabularExplainer(make_pipeline(*steps, model), FRAME, transformations=TUPLES)


@pytest.fixture
def on_tables():
    first = make_column_transformer(
        (OneHotEncoder(), ["port"]), (SimpleImputer(), NUMBERS), sparse_threshold=0
    )
    steps = [first.fit(FRAME), StandardScaler().fit(first.transform(FRAME))]
    made = steps[1].transform(first.transform(FRAME))
    return steps, LGBMClassifier(n_estimators=5, verbose=-1).fit(made, TARGET)


def test_tuples_are_saved_without_code_of_ours(tmp_path):
    model = LogisticRegression(max_iter=1000).fit(engineered(), TARGET)
    explainer = TabularExplainer(model, FRAME, transformations=TUPLES)
    save_model(path=tmp_path / "alone", scoring_explainer=explainer.create_scoring_explainer())
    loaded = load_model(str(tmp_path / "alone"))
    np.testing.assert_array_equal(
        loaded.explain(FRAME.head(5)),
        explainer.explain_local(FRAME.head(5)).local_importance_values,
    )
