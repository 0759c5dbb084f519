"""What rounding of a cell may not change."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, LGBMRegressor
from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    PolynomialFeatures,
    PowerTransformer,
    StandardScaler,
)

from mlflow_explain import TabularExplainer
from mlflow_explain.dashboard.models import twin
from mlflow_explain.dashboard.models.exact import exported
from mlflow_explain.dashboard.models.thresholds import _double, _place, thresholds_of
from mlflow_explain.dashboard.source import Source

DRAW = np.random.default_rng(2)
# Digits that single precision does not hold.
ROWS = DRAW.normal(1000.0, 1e-4, (400, 3))
TARGET = (ROWS[:, 0] > 1000) + (ROWS[:, 1] > 1000.00005) * 2.0 + (ROWS[:, 2] > 999.9999)
BOOSTED = {"n_estimators": 20, "verbose": -1, "random_state": 0}


def made_of(model, rows):
    explanation = TabularExplainer(model, rows).explain_local(rows)
    return exported(explanation, Source(model))


def moved(rows, thresholds):
    """Return rows whose cells are anywhere between the thresholds next to them."""
    found = rows.copy()
    for i, known in enumerate(thresholds):
        edges = np.concatenate([[rows[:, i].min() - 1], known, [rows[:, i].max() + 1]])
        at = np.searchsorted(edges, rows[:, i], side="left")
        # The number just above the threshold below, and the threshold above itself.
        pick = DRAW.random(len(rows)) < 0.5
        found[:, i] = np.where(pick, np.nextafter(edges[at - 1], np.inf), edges[at])
    return found


@pytest.mark.parametrize(
    "front",
    [
        None, StandardScaler(), MinMaxScaler(clip=True), SimpleImputer(),
        make_pipeline(SimpleImputer(), StandardScaler(), MinMaxScaler((-3, 5))),
        KBinsDiscretizer(9, encode="ordinal", quantile_method="averaged_inverted_cdf"),
    ],
    ids=lambda t: str(t)[:30],
)  # fmt: skip
@pytest.mark.parametrize(
    "model", [LGBMRegressor(**BOOSTED), RandomForestRegressor(8, random_state=0)],
    ids=["double", "single"],
)  # fmt: skip
def test_a_cell_moves_freely_between_thresholds(front, model):
    whole = (model if front is None else make_pipeline(front, model)).fit(ROWS, TARGET)
    made = made_of(whole, ROWS)
    known = thresholds_of(made)
    everything = [known.get(name, np.zeros(0)) for name in ("0", "1", "2")]
    assert sum(len(own) for own in everything) >= 2
    names = ("0", "1", "2")
    before = twin.outputs_of(made, twin.inputs_of(ROWS, names, made.inputs))
    cells = moved(ROWS, everything)
    assert np.abs(cells - ROWS).max() > 1e-6
    after = twin.outputs_of(made, twin.inputs_of(cells, names, made.inputs))
    np.testing.assert_array_equal(before, after)
    np.testing.assert_allclose(whole.predict(cells), whole.predict(ROWS), 1e-9)


def test_zero_as_missing_has_an_edge_on_both_sides():
    rows = np.where(DRAW.random(ROWS.shape) < 0.3, 0.0, ROWS - 1000)
    model = LGBMRegressor(**BOOSTED, zero_as_missing=True).fit(rows, rows[:, 0] > 0)
    known = thresholds_of(made_of(model, rows))["0"]
    near = known[np.abs(known) <= 1.1e-35]
    assert near.min() < -1e-35
    assert near.max() >= 1e-35


@pytest.mark.parametrize(
    "front",
    [PowerTransformer(), PolynomialFeatures(2), make_pipeline(StandardScaler(), OneHotEncoder())],
    ids=["power", "products", "categories"],
)
def test_every_digit_counts_where_it_is_calculated_with(front):
    rows = np.round(DRAW.normal(size=(200, 2)), 0) + 3
    model = make_pipeline(front, LGBMRegressor(**BOOSTED)).fit(rows, rows[:, 0] * rows[:, 1])
    explainer = TabularExplainer(model, rows, allow_all_transformations=True)
    made = exported(explainer.explain_local(rows), Source(model))
    assert all(own is None for own in thresholds_of(made).values())


def test_every_digit_counts_to_a_linear_model():
    assert thresholds_of(made_of(Ridge().fit(ROWS, TARGET), ROWS)) == dict.fromkeys("012")


def test_columns_of_words_and_truths_have_none():
    frame = pd.DataFrame(
        {"a": ROWS[:, 0], "word": DRAW.choice(["x", "y"], 400), "t": DRAW.random(400) > 0.5}
    )
    table = make_column_transformer((OneHotEncoder(), ["word"]), remainder="passthrough")
    labels = (frame["word"] == "x") ^ frame["t"] ^ (ROWS[:, 0] > 1000)
    model = make_pipeline(table, LGBMClassifier(**BOOSTED)).fit(frame, labels)
    made = made_of(model, frame)
    assert {given.name for given in made.inputs} == {"a", "word", "t"}
    assert set(thresholds_of(made)) == {"a"}


def test_doubles_keep_their_order_as_whole_numbers():
    values = np.array([-np.inf, -1e300, -1.0, -5e-324, 0.0, 5e-324, 1.0, 1e300])
    places = _place(values)
    assert (np.diff(places) > 0).all()
    np.testing.assert_array_equal(_double(places), values)
