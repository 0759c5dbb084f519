"""Models in the page, with what Python answers for some rows: `dashboard/golden/models/*.json`.

The page's tests hold its evaluator against them. ``python -m tests.page_golden`` writes all anew.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import lightgbm
import numpy as np
import pandas as pd
import sklearn
import xgboost
from lightgbm import LGBMClassifier
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge, SGDClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeRegressor
from xgboost import XGBClassifier, XGBRegressor

from mlflow_explain import TabularExplainer, TreeExplainer
from mlflow_explain.dashboard.models import twin
from mlflow_explain.dashboard.models.cells import Texts
from mlflow_explain.dashboard.models.exact import exported
from mlflow_explain.dashboard.models.values import Exported
from mlflow_explain.dashboard.source import Source

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER = Path(__file__).parents[1] / "dashboard" / "golden" / "models"
# Rows that are explained, of those fitted on and of odd ones.
N_ROWS = 30
_NAMES = {"f4": "f32", "f8": "f64", "u1": "u8", "u2": "u16", "u4": "u32", "i4": "i32"}


@dataclass(frozen=True)
class Case:
    """A model to put into a page, and the rows to ask it for."""

    model: Any
    rows: Any
    background: Any
    explainer: Any = TabularExplainer
    options: dict[str, Any] = field(default_factory=dict)


def table(n_rows: int = 400) -> pd.DataFrame:
    """Return rows of mixed types, some cells of which are missing."""
    draw = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "age": draw.integers(18, 90, n_rows).astype(float),
            "income": np.round(draw.lognormal(10, 1, n_rows), 2),
            "balance": np.round(draw.normal(0, 1000, n_rows), 1),
            "job": draw.choice(
                ["clerk", "cook", "judge", "poet"], n_rows, p=[0.4, 0.3, 0.25, 0.05]
            ),
            "member": draw.random(n_rows) > 0.4,
        }
    )
    frame.loc[draw.random(n_rows) < 0.15, "income"] = np.nan
    frame.loc[draw.random(n_rows) < 0.1, "balance"] = 0.0
    frame.loc[draw.random(n_rows) < 0.1, "job"] = None
    return frame


def _labels(rows: pd.DataFrame, n_classes: int = 2) -> Any:
    score = (
        (rows["age"] - 50) / 20
        + (rows["job"] == "cook")
        - rows["member"] * (rows["balance"] > 200)
        + rows["income"].fillna(0) / 40_000
    )
    return pd.qcut(score, n_classes, labels=False)


def _numbers(n_rows: int = 400, *, missing: bool = False) -> Any:
    draw = np.random.default_rng(6)
    rows = np.round(draw.normal(size=(n_rows, 5)), 3)
    if missing:
        rows[draw.random(rows.shape) < 0.1] = np.nan
    return rows


def _sums(rows: Any) -> Any:
    known = np.nan_to_num(rows)
    return (
        known[:, 0] + known[:, 1] * known[:, 2] + (known[:, 3] > 0.5) + 0.3 * np.isnan(rows[:, 4])
    )


def _full_preprocessing() -> ColumnTransformer:
    numbers = Pipeline([("fill", SimpleImputer(add_indicator=True)), ("scale", StandardScaler())])
    words = Pipeline(
        [
            ("fill", SimpleImputer(strategy="most_frequent")),
            ("encode", OneHotEncoder(drop="first", handle_unknown="infrequent_if_exist",
                                     min_frequency=30)),
        ]
    )  # fmt: skip
    return ColumnTransformer(
        [
            ("numbers", numbers, ["age", "income"]),
            ("power", PowerTransformer(), ["balance"]),
            ("words", words, ["job"]),
        ],
        remainder="passthrough",
    )


def _more_preprocessing() -> ColumnTransformer:
    return ColumnTransformer(
        [
            ("bins", KBinsDiscretizer(4, quantile_method="averaged_inverted_cdf"), ["age"]),
            ("ranks", QuantileTransformer(n_quantiles=20), ["balance"]),
            ("powers", PolynomialFeatures(2, include_bias=False), ["member", "age"]),
            ("words", OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1,
                                     encoded_missing_value=-2), ["job"]),
            ("fill", SimpleImputer(strategy="median"), ["income"]),
        ]
    )  # fmt: skip


def _lightgbm_binary() -> Case:
    rows = table()
    given = rows.assign(job=rows["job"].astype("category"))
    model = LGBMClassifier(n_estimators=12, num_leaves=8, verbose=-1, n_jobs=1,
                           min_child_samples=5, min_data_per_group=5, cat_smooth=1.0)  # fmt: skip
    return Case(model.fit(given, _labels(rows)), given[:N_ROWS], given)


def _lightgbm_pipeline() -> Case:
    rows = table()
    model = LGBMClassifier(n_estimators=10, num_leaves=8, verbose=-1, n_jobs=1)
    model = Pipeline([("prepare", _full_preprocessing()), ("model", model)])
    return Case(model.fit(rows, _labels(rows)), rows[:N_ROWS], rows)


def _lightgbm_classes() -> Case:
    rows = _numbers(missing=True)
    model = LGBMClassifier(n_estimators=6, num_leaves=6, verbose=-1, n_jobs=1)
    return Case(model.fit(rows, pd.qcut(_sums(rows), 3, labels=False)), rows[:N_ROWS], rows)


def _xgboost_binary() -> Case:
    rows = _numbers(missing=True)
    model = XGBClassifier(n_estimators=12, max_depth=3, n_jobs=1)
    return Case(model.fit(rows, _sums(rows) > 0.5), rows[:N_ROWS], rows)


def _forest_classes() -> Case:
    rows = _numbers()
    model = RandomForestClassifier(10, max_leaf_nodes=12, random_state=0)
    return Case(model.fit(rows, pd.qcut(_sums(rows), 3, labels=False)), rows[:N_ROWS], rows)


def _histogram_regression() -> Case:
    rows = table().drop(columns="member").assign(job=table()["job"].astype("category"))
    model = HistGradientBoostingRegressor(
        max_iter=10, max_leaf_nodes=8, categorical_features=["job"]
    )
    target = rows["age"] + 10 * (rows["job"] == "cook") - rows["income"].fillna(0) / 5000
    return Case(model.fit(rows, target), rows[:N_ROWS], rows)


def _boosting() -> Case:
    rows = _numbers()
    model = GradientBoostingClassifier(n_estimators=12, random_state=0)
    return Case(model.fit(rows, _sums(rows) > 0.5), rows[:N_ROWS], rows)


def _deep_tree() -> Case:
    rows = _numbers()
    model = DecisionTreeRegressor(random_state=0)
    return Case(model.fit(rows, _sums(rows)), rows[:N_ROWS], rows)


def _logistic() -> Case:
    rows = table()
    model = Pipeline([("prepare", _full_preprocessing()), ("model", LogisticRegression())])
    return Case(model.fit(rows, _labels(rows)), rows[:N_ROWS], rows)


def _multinomial() -> Case:
    rows = _numbers()
    model = make_pipeline(StandardScaler(), LogisticRegression())
    return Case(model.fit(rows, pd.qcut(_sums(rows), 3, labels=False)), rows[:N_ROWS], rows)


def _ridge() -> Case:
    rows = table()
    model = Pipeline([("prepare", _more_preprocessing()), ("model", Ridge())])
    options = {"allow_all_transformations": True}
    return Case(model.fit(rows, rows["age"]), rows[:N_ROWS], rows, options=options)


def _poisson() -> Case:
    rows = _numbers()
    model = PoissonRegressor()
    return Case(model.fit(rows, np.exp(rows[:, 0]).round()), rows[:N_ROWS], rows)


def _support_vectors() -> Case:
    rows = _numbers(80)
    model = make_pipeline(StandardScaler(), SVC())
    return Case(model.fit(rows, _sums(rows) > 0.5), rows[:N_ROWS], rows[:20])


def _interventional() -> Case:
    rows = _numbers(missing=True)
    model = LGBMClassifier(n_estimators=8, num_leaves=8, verbose=-1, n_jobs=1)
    model = model.fit(rows, _sums(rows) > 0.5)
    options = {"feature_perturbation": "interventional"}
    return Case(model, rows[:N_ROWS], rows[:40], TreeExplainer, options)


def _margins() -> Case:
    rows = _numbers()
    model = LinearSVC(random_state=0)
    return Case(model.fit(rows, pd.qcut(_sums(rows), 3, labels=False)), rows[:N_ROWS], rows)


def _each_against_the_rest() -> Case:
    rows = _numbers()
    model = make_pipeline(
        FeatureUnion([("a", MinMaxScaler(clip=True)), ("b", PCA(2)), ("c", RobustScaler())]),
        # Small steps, so many of them: by large ones, and where it stops by itself, the last digits
        # of a sum become the first ones of a weight.
        SGDClassifier(
            loss="log_loss",
            learning_rate="constant",
            eta0=0.01,
            max_iter=20,
            tol=None,
            random_state=0,
        ),
    )
    options = {"allow_all_transformations": True}
    labels = pd.qcut(_sums(rows), 3, labels=False)
    return Case(model.fit(rows, labels), rows[:N_ROWS], rows, options=options)


def _xgboost_sparse() -> Case:
    # What a sparse matrix leaves out is missing to XGBoost: so are the zeros of one-hot columns.
    rows = table().assign(income=table()["income"].fillna(0))
    prepare = ColumnTransformer(
        [("words", OneHotEncoder(handle_unknown="ignore"), ["job", "age"])],
        remainder="passthrough", sparse_threshold=1.0,
    )  # fmt: skip
    model = make_pipeline(prepare, XGBClassifier(n_estimators=6, max_depth=3, n_jobs=1))
    return Case(model.fit(rows, _labels(rows, 3)), rows[:N_ROWS], rows)


def _xgboost_categories() -> Case:
    rows = table().assign(job=table()["job"].astype("category"))
    model = XGBRegressor(n_estimators=8, max_depth=3, enable_categorical=True, missing=0.0,
                         max_cat_to_onehot=1, objective="count:poisson", n_jobs=1)  # fmt: skip
    target = (rows["age"] / 20 + 3 * (rows["job"] == "cook")).round()
    return Case(model.fit(rows, target), rows[:N_ROWS], rows)


def _forest_against_others() -> Case:
    rows = _numbers()
    model = RandomForestClassifier(5, max_depth=6, random_state=0).fit(rows, _sums(rows) > 0.5)
    options = {"feature_perturbation": "interventional"}
    return Case(model, rows[:N_ROWS], rows[:30], TreeExplainer, options)


def _probability() -> Case:
    rows = _numbers(missing=True)
    model = LGBMClassifier(n_estimators=8, num_leaves=8, verbose=-1, n_jobs=1)
    options = {"shap_values_output": "probability"}
    return Case(model.fit(rows, _sums(rows) > 0.5), rows[:N_ROWS], rows, TreeExplainer, options)


CASES: dict[str, Callable[[], Case]] = {
    "lightgbm_binary": _lightgbm_binary,
    "lightgbm_pipeline": _lightgbm_pipeline,
    "lightgbm_classes": _lightgbm_classes,
    "xgboost_binary": _xgboost_binary,
    "forest_classes": _forest_classes,
    "histogram_regression": _histogram_regression,
    "boosting_binary": _boosting,
    "deep_tree": _deep_tree,
    "logistic_pipeline": _logistic,
    "multinomial": _multinomial,
    "ridge_pipeline": _ridge,
    "poisson": _poisson,
    "support_vectors": _support_vectors,
    "interventional": _interventional,
    "probability": _probability,
    "margins": _margins,
    "each_against_the_rest": _each_against_the_rest,
    "xgboost_sparse": _xgboost_sparse,
    "xgboost_categories": _xgboost_categories,
    "forest_interventional": _forest_against_others,
}


def made_with() -> dict[str, str]:
    """Return the versions that a file is the same for."""
    libraries = (lightgbm, np, pd, sklearn, xgboost)
    return {library.__name__: library.__version__ for library in libraries}


def golden(case: Case) -> dict[str, Any]:
    """Return a model in the page, cells of rows, and what Python answers for them."""
    explainer = case.explainer(case.model, case.background, **case.options)
    explanation = explainer.explain_local(case.rows)
    made = exported(explanation, Source(case.model, explainer.choice.engine))
    if not isinstance(made, Exported):
        raise TypeError(made.reason)
    given = twin.inputs_of(case.rows, explanation.features, made.inputs)
    answer = twin.answers(made, given)
    values = explanation.require_local().values
    probabilities = explanation.rows.probabilities
    return {
        "madeWith": made_with(),
        "model": made.json(),
        "arrays": {name: packed(array) for name, array in made.arrays.items()},
        "count": given.count,
        "inputs": [_listed(column) for column in given.columns],
        "features": list(explanation.features),
        "expected": {
            "outputs": packed(answer.outputs),
            "values": packed(answer.values),
            # The model's own, not the page's.
            "probabilities": None if probabilities is None
            else packed(np.asarray(probabilities, dtype=np.float64)),
            "baseValues": explanation.local.base_values.tolist(),
            # (rows, outputs, features)
            "attributions": packed(values.transpose(0, 2, 1)),
        },
    }  # fmt: skip


def packed(array: Any) -> dict[str, Any]:
    """Return an array as its type and its bytes, the lowest first."""
    flat = np.ascontiguousarray(array).ravel()
    data = base64.b64encode(flat.astype(flat.dtype.newbyteorder("<")).tobytes()).decode()
    return {"dtype": _NAMES[flat.dtype.str[1:]], "length": len(flat), "base64": data}


def unpacked(packed_array: dict[str, Any]) -> Any:
    """Return the array that `packed` was given, flat."""
    kind = next(name for name, page in _NAMES.items() if page == packed_array["dtype"])
    return np.frombuffer(base64.b64decode(packed_array["base64"]), dtype=f"<{kind}")


def _listed(column: Any) -> list[Any]:
    if isinstance(column, Texts):
        return column.objects().tolist()
    return [None if np.isnan(value) else value for value in column.tolist()]


def main() -> None:
    """Write all files."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, case in CASES.items():
        text = json.dumps(golden(case()), allow_nan=False, indent=1)
        (FOLDER / f"{name}.json").write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
