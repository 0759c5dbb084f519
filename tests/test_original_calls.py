"""The calls of the original SDK's how-to documents, with our import line and today's libraries."""

from __future__ import annotations

import json

import mlflow
import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from mlflow_explain import (
    DecisionTreeExplainableModel,
    ExplanationClient,
    ExplanationDashboard,
    KernelScoringExplainer,
    LGBMExplainableModel,
    LIMEExplainer,
    LinearExplainableModel,
    MimicExplainer,
    PFIExplainer,
    SamplingPolicy,
    ScoringExplainer,
    SGDExplainableModel,
    TabularExplainer,
    load,
    save,
)
from mlflow_explain.errors import MissingPartError
from tests.read_page import ReadPage

SURROGATES = (
    LGBMExplainableModel,
    LinearExplainableModel,
    SGDExplainableModel,
    DecisionTreeExplainableModel,
)


@pytest.fixture(scope="module")
def cancer():
    data = load_breast_cancer()
    parts = train_test_split(data.data, data.target, test_size=0.2, random_state=0)
    x_train, x_test, y_train, y_test = parts
    # Before: SVC(probability=True), which scikit-learn is retiring.
    model = SVC(gamma=0.001, C=100.0).fit(x_train, y_train)
    return model, x_train, x_test, y_train, y_test, list(data.feature_names), data.target_names


def check_global(explanation, n_features, names):
    values = explanation.get_ranked_global_values()
    ranked = explanation.get_ranked_global_names()
    assert sorted(ranked) == sorted(names)
    assert values == sorted(values, reverse=True)
    assert dict(zip(ranked, values, strict=True)) == explanation.get_feature_importance_dict()
    assert len(values) == n_features


def check_local(local, n_classes, n_rows, n_features):
    assert np.shape(local.local_importance_values) == (n_classes, n_rows, n_features)
    assert np.shape(local.expected_values) == (n_classes,)
    names, values = local.get_ranked_local_names(), local.get_ranked_local_values()
    assert np.shape(names) == np.shape(values) == (n_classes, n_rows, n_features)
    assert (np.diff(values, axis=-1) <= 0).all()


def test_tabular_explainer(cancer):
    model, x_train, x_test, _, _, names, classes = cancer
    explainer = TabularExplainer(model, x_train, features=names, classes=classes)
    check_global(explainer.explain_global(x_test), 30, names)
    check_global(explainer.explain_global(x_train), 30, names)
    check_local(explainer.explain_local(x_test[0]), 2, 1, 30)
    check_local(explainer.explain_local(x_test[0:5]), 2, 5, 30)


def test_keywords_and_sampling(cancer):
    model, x_train, x_test, _, _, names, classes = cancer
    explainer = TabularExplainer(
        model, initialization_examples=x_train, features=names, classes=classes
    )
    policy = SamplingPolicy(allow_eval_sampling=True)
    many = np.vstack([x_train, x_test])
    sampled = explainer.explain_global(many, sampling_policy=policy)
    check_global(sampled, 30, names)
    assert sampled.num_examples == sampled.quality["n_sampled_rows"] == 500
    assert sampled.quality["n_evaluation_rows"] == len(many)
    np.testing.assert_array_equal(many[sampled.rows.ids], sampled.eval_data)
    assert explainer.explain_global(x_test, SamplingPolicy()).num_examples == len(x_test)
    assert explainer.explain_global(x_test, include_local=False).local is None


@pytest.mark.parametrize("surrogate", SURROGATES)
def test_mimic_explainer_with_each_surrogate(cancer, surrogate):
    model, x_train, x_test, _, _, names, classes = cancer
    explainer = MimicExplainer(
        model,
        x_train,
        surrogate,
        augment_data=True,
        max_num_of_augmentations=10,
        features=names,
        classes=classes,
    )
    check_global(explainer.explain_global(x_test), 30, names)
    check_global(explainer.explain_global(), 30, names)
    check_local(explainer.explain_local(x_test[0]), 2, 1, 30)
    check_local(explainer.explain_local(x_test[0:5]), 2, 5, 30)
    assert explainer.get_surrogate_model_replication_measure(x_test) > 0.85


def test_pfi_explainer(cancer):
    model, x_train, _, y_train, _, names, classes = cancer
    explainer = PFIExplainer(model, features=names, classes=classes)
    explanation = explainer.explain_global(x_train, true_labels=y_train)
    check_global(explanation, 30, names)
    with pytest.raises(MissingPartError, match="global only"):
        explainer.explain_local(x_train[0])


def test_lime_explainer(cancer):
    model, x_train, x_test, _, _, names, classes = cancer
    explainer = LIMEExplainer(model, x_train, features=names, classes=classes, nclusters=10)
    check_local(explainer.explain_local(x_test[0:2]), 2, 2, 30)


def test_scoring_explainer(cancer):
    model, x_train, x_test, *_ = cancer
    explainer = TabularExplainer(model, x_train)
    scoring = explainer.create_scoring_explainer(x_test)
    values = scoring.explain(x_test)
    assert np.shape(json.loads(json.dumps(values))) == (2, len(x_test), 30)
    np.testing.assert_array_equal(values, explainer.explain_local(x_test).local_importance_values)


def test_scoring_explainers_of_a_folder_and_a_file(cancer, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model, x_train, x_test, *_ = cancer
    explainer = TabularExplainer(model, x_train)
    scoring = KernelScoringExplainer(explainer)
    save(scoring, directory="out", exist_ok=True)
    # Before: the model's own file lay in the same directory, and a second run wrote over both.
    (tmp_path / "out" / "original_model.pkl").write_bytes(b"")
    save(scoring, directory="out", exist_ok=True)
    values = explainer.explain_local(x_test).local_importance_values
    np.testing.assert_array_equal(load("out").explain(x_test), values)
    scoring = explainer.create_scoring_explainer(x_test)
    path = scoring.save("name")
    again = ScoringExplainer.load(path)
    np.testing.assert_array_equal(again.explain(x_test), values)
    assert again.explain(x_test[0], get_raw=True) == scoring.explain(x_test[0])


def test_regression_and_several_classes():
    x, y = load_diabetes(return_X_y=True)
    local = TabularExplainer(Ridge().fit(x, y), x).explain_local(x[0:5])
    assert np.shape(local.local_importance_values) == (5, 10)
    x, y = load_iris(return_X_y=True)
    forest = RandomForestClassifier(5, random_state=0).fit(x, y)
    check_local(TabularExplainer(forest, x).explain_local(x[0]), 3, 1, 4)


@pytest.fixture(scope="module")
def people(applications):
    """Raw rows of numbers and words, the columns of each, and labels."""
    rows = applications.train.head(400)
    numbers = [name for name in rows if rows[name].dtype.kind in "fi"]
    words = [name for name in rows if name not in numbers]
    return rows, numbers, words, applications.train_y.head(400)


def test_raw_features_by_column_transformer(people):
    rows, numbers, words, labels = people
    # Before: OneHotEncoder(sparse=False), whose argument has another name now.
    numeric = Pipeline([("imputer", SimpleImputer(strategy="median")), ("scale", StandardScaler())])
    categorical = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    transformations = ColumnTransformer([("n", numeric, numbers), ("w", categorical, words)])
    engineered = transformations.fit_transform(rows)
    model = LogisticRegression(max_iter=1000).fit(engineered, labels)
    explainer = TabularExplainer(
        model, initialization_examples=rows, features=rows.columns, transformations=transformations
    )
    explanation = explainer.explain_global(rows)
    check_global(explanation, rows.shape[1], rows.columns)
    assert explanation.engineered.num_features == engineered.shape[1]


def test_raw_features_by_tuples(people):
    rows, numbers, words, labels = people
    transformations = [([name], StandardScaler().fit(rows[[name]])) for name in numbers[:-1]]
    transformations += [
        ([name], OneHotEncoder(handle_unknown="ignore", sparse_output=False).fit(rows[[name]]))
        for name in words
    ]
    transformations.append((numbers[-1:], None))
    parts = [
        rows[names].to_numpy() if fitted is None else fitted.transform(rows[names])
        for names, fitted in transformations
    ]
    model = LogisticRegression(max_iter=1000).fit(np.hstack(parts), labels)
    explainer = TabularExplainer(
        model,
        initialization_examples=rows,
        features=rows.columns,
        transformations=transformations,
        allow_all_transformations=True,
    )
    explanation = explainer.explain_global(rows)
    check_global(explanation, rows.shape[1], rows.columns)
    sums = explanation.expected_values[1] + explanation.local_importance_values[1].sum(axis=1)
    np.testing.assert_allclose(sums, model.decision_function(np.hstack(parts)), atol=1e-9)


def test_the_dashboard(cancer):
    model, x_train, x_test, _, y_test, names, classes = cancer
    explainer = TabularExplainer(model, x_train, features=names, classes=classes)
    explanation = explainer.explain_global(x_test)
    for dashboard in (
        ExplanationDashboard(explanation, model, x_test),
        ExplanationDashboard(explanation, model, datasetX=x_test),
        ExplanationDashboard(explanation, model, datasetX=x_test, trueY=y_test),
        ExplanationDashboard(explanation, model, dataset=x_test, true_y=y_test),
    ):
        found = ReadPage(dashboard.html)
        assert found.payload["classes"] == ["malignant", "benign"]
        np.testing.assert_array_equal(found.outcome("predicted"), model.predict(x_test))
    np.testing.assert_array_equal(found.outcome("actual"), y_test)
    assert found.payload["overall"]["metrics"]["accuracy"] == model.score(x_test, y_test)


def test_the_explanation_client(cancer, tracking_store):
    model, x_train, x_test, _, _, names, classes = cancer
    explanation = TabularExplainer(model, x_train, features=names, classes=classes).explain_global(
        x_test
    )
    with mlflow.start_run() as run:
        client = ExplanationClient.from_run(run)
        client.upload_model_explanation(explanation, comment="global explanation: all features")
        client.upload_model_explanation(
            explanation, top_k=2, comment="global explanation: Only top 2 features"
        )
        client.upload_model_explanation(run, explanation, top_k=2, comment="a run before it")
    workspace = object()
    client = ExplanationClient.from_run_id(workspace, "Default", run.info.run_id)
    listed = client.list_model_explanations()
    assert [entry["num_features"] for entry in listed] == [len(names), 2, 2]
    assert client.download_model_explanation().num_features == 2
    everything = client.download_model_explanation(comment="global explanation: all features")
    check_global(everything, len(names), names)
    np.testing.assert_array_equal(
        everything.local_importance_values, explanation.local_importance_values
    )
    np.testing.assert_array_equal(everything.expected_values, explanation.expected_values)
    top = client.download_model_explanation(everything.id, top_k=4)
    assert top.get_ranked_global_names() == explanation.get_ranked_global_names(4)
    assert top.get_feature_importance_dict() == explanation.get_feature_importance_dict(4)
