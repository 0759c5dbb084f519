"""Numbers that a page shows or computes are those of Python, on the same rows."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics

from examples import mortgage as applications
from mlflow_explain import TabularExplainer
from tests.browser import pages

# What a reader can change by hand, by page: row, columns, other values.
_EDITS = {
    "mortgage": [("dir", 0.9), ("lvr", 1.2), ("dmi", "yes"), ("ccs", 5), ("pbcr", "yes")],
    "iris": [("petal length (cm)", 4.9), ("petal width (cm)", 1.7), ("sepal width (cm)", 2.0)],
    "diabetes": [("bmi", 34.5), ("s5", 5.9), ("bp", 71.0)],
}


def figures(it):
    """Return the table of figures: unrounded, of the first group of rows."""
    it.go("Performance")
    lines = it.panel.get_by_role("region", name="Figures by group").locator("tbody tr")
    return {
        line.locator("th").evaluate("it => it.firstChild.textContent").strip(): float(
            line.locator("td data").first.get_attribute("value")
        )
        for line in lines.all()
    }


def test_figures_of_two_classes_are_those_of_scikit_learn(show):
    it = pages.mortgage()
    chance = it.model.predict_proba(it.rows)
    actual, predicted = it.labels.to_numpy() == "yes", it.model.predict(it.rows) == "yes"
    (tn, fp), (fn, tp) = metrics.confusion_matrix(actual, predicted)
    found = figures(show("mortgage"))
    assert found == pytest.approx(
        {
            "Accuracy": metrics.accuracy_score(actual, predicted),
            "Balanced accuracy": metrics.balanced_accuracy_score(actual, predicted),
            "Precision": metrics.precision_score(actual, predicted),
            "Recall": metrics.recall_score(actual, predicted),
            "False positive rate": fp / (fp + tn),
            "False negative rate": fn / (fn + tp),
            "F1": metrics.f1_score(actual, predicted),
            "ROC AUC": metrics.roc_auc_score(actual, chance[:, 1]),
            "Average precision": metrics.average_precision_score(actual, chance[:, 1]),
            "Log loss": metrics.log_loss(actual, chance[:, 1]),
            "Brier score": metrics.brier_score_loss(actual, chance[:, 1]),
        },
        rel=1e-6,  # probabilities are kept in single precision
    )


def test_figures_of_three_classes_are_those_of_scikit_learn(show):
    it = pages.iris()
    chance, predicted = it.model.predict_proba(it.rows), it.model.predict(it.rows)
    found = figures(show("iris"))
    expected = {
        "Accuracy": metrics.accuracy_score(it.labels, predicted),
        "Balanced accuracy": metrics.balanced_accuracy_score(it.labels, predicted),
        "Precision": metrics.precision_score(it.labels, predicted, average="macro"),
        "Recall": metrics.recall_score(it.labels, predicted, average="macro"),
        "F1": metrics.f1_score(it.labels, predicted, average="macro"),
        "ROC AUC": metrics.roc_auc_score(it.labels, chance, multi_class="ovr"),
        "Log loss": metrics.log_loss(it.labels, chance),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-6)


def test_figures_of_values_are_those_of_scikit_learn(show):
    it = pages.diabetes()
    predicted = it.model.predict(it.rows)
    found = figures(show("diabetes"))
    expected = {
        "MSE": metrics.mean_squared_error(it.labels, predicted),
        "RMSE": metrics.root_mean_squared_error(it.labels, predicted),
        "Mean absolute error": metrics.mean_absolute_error(it.labels, predicted),
        "R\u00b2": metrics.r2_score(it.labels, predicted),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected, rel=1e-9)


def test_figures_of_a_cohort_are_those_of_its_rows(show):
    it = pages.mortgage()
    rows = it.rows["dir"] > 0.4
    page = show("mortgage")
    page.go("Performance")
    line = page.panel.get_by_role("row", name="Accuracy").first
    shown = float(line.locator("td data").nth(1).get_attribute("value"))
    assert shown == metrics.accuracy_score(it.labels[rows], it.model.predict(it.rows[rows]))


@pytest.mark.parametrize("name", _EDITS)
def test_predictions_of_edited_rows_are_the_models_own(show, name):
    explained = getattr(pages, name)()
    row = explained.rows.iloc[[0]].copy()
    it = show(name)
    panel = it.go("What-if")
    for column, value in _EDITS[name]:
        row[column] = value
        field = panel.get_by_label(column, exact=True)
        if isinstance(value, str):
            field.select_option(label=value)
        else:
            field.fill(str(value))
        it.settle()
        shown = [
            float(cell.get_attribute("value"))
            for cell in panel.get_by_role("region", name="Prediction")
            .locator("td:nth-child(3) data")
            .all()
        ]
        is_class = hasattr(explained.model, "predict_proba")
        own = explained.model.predict_proba(row)[0] if is_class else explained.model.predict(row)
        np.testing.assert_allclose(shown, own, atol=0 if not is_class else 1e-6, rtol=1e-6)


def test_attributions_of_an_edited_row_are_the_explainers_own(show):
    explained = pages.mortgage()
    row = explained.rows.iloc[[0]].copy()
    it = show("mortgage")
    panel = it.go("What-if")
    for column, value in _EDITS["mortgage"][:2]:
        row[column] = value
        panel.get_by_label(column, exact=True).fill(str(value))
    frame = panel.locator(".frame").filter(has_text="What adds to yes")
    frame.get_by_role("button", name="Table").click()
    it.settle()
    explainer = TabularExplainer(explained.model, applications.load().train)
    own = explainer.explain_local(row)
    # Of the second class, in log-odds.
    values = dict(zip(own.features, own.local.values[0, :, 0], strict=True))
    lines = frame.locator("tbody tr").all()
    assert len(lines) >= 10
    for line in lines:
        name = line.locator("td, th").first.inner_text()
        shown = [float(it.get_attribute("value")) for it in line.locator("data").all()]
        assert values[name] in [pytest.approx(number, abs=1e-6) for number in shown], name


def test_global_importance_is_of_all_rows_where_the_page_holds_a_sample(show):
    explained = pages.large(100_000)
    it = show("sampled")
    panel = it.go("Importance")
    assert "100,000 rows" in panel.inner_text()
    panel.get_by_role("button", name="Table").first.click()
    it.settle()
    lines = panel.get_by_role("region").locator("tbody tr")
    own = explained.explanation.get_feature_importance_dict()
    for line in lines.all():
        name = line.locator("td").first.inner_text()
        shown = [float(it.get_attribute("value")) for it in line.locator("data").all()]
        assert own[name] in [pytest.approx(number, rel=1e-9) for number in shown]


def test_figures_are_of_all_rows_where_the_page_holds_a_sample(show):
    explained = pages.large(100_000)
    it = show("sampled")
    own = metrics.accuracy_score(explained.labels, explained.model.predict(explained.rows))
    assert figures(it)["Accuracy"] == pytest.approx(own, rel=1e-12)
    assert "computed in Python on all rows" in it.panel.inner_text()
