"""Why did the model deny a mortgage? Trains, explains and registers, all in one MLflow run.

Run it with ``mlflow run . --env-manager local`` in the project's folder.
"""

from __future__ import annotations

import argparse
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import mlflow
import pandas as pd
from lightgbm import LGBMClassifier
from mlflow.models import infer_signature
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.metrics import accuracy_score, average_precision_score, log_loss, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from mlflow_explain import TabularExplainer, describe_version, log_explanation, log_model

if TYPE_CHECKING:
    from mlflow.models import ModelSignature
    from mlflow.models.model import ModelInfo
    from sklearn.pipeline import Pipeline

    from mlflow_explain.tracking.runs.logged import LoggedExplanation

DATA = Path(__file__).parent / "data" / "hdma.csv"
TARGET = "deny"
# The applicant's race is kept out of the model, and beside the rows to compare groups.
COHORTS = ["black"]
# What a fitted LGBMClassifier is made of: MLflow's default format, skops, asks for a list.
TRUSTED = [
    "collections.OrderedDict",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "numpy.dtype",
]
NUMBERS = ["dir", "hir", "lvr", "ccs", "mcs", "uria"]
CATEGORIES = ["pbcr", "dmi", "self", "single", "comdominiom"]


@dataclass(frozen=True)
class Applications:
    """Mortgage applications in two parts.

    Parameters
    ----------
    train, test : DataFrame
        The model's columns.
    train_y, test_y : Series
        Whether the application was denied, ``"yes"`` or ``"no"``.
    test_cohorts : DataFrame
        Columns the model never sees, of the test rows.
    """

    train: pd.DataFrame
    test: pd.DataFrame
    train_y: pd.Series
    test_y: pd.Series
    test_cohorts: pd.DataFrame


def load(path: str | Path = DATA, test_size: float = 0.25, seed: int = 0) -> Applications:
    """Read the applications and split them, with the same share of denials in both parts."""
    table = pd.read_csv(path, index_col=0)
    train, test = train_test_split(
        table, test_size=test_size, random_state=seed, stratify=table[TARGET]
    )
    columns = NUMBERS + CATEGORIES
    return Applications(train[columns], test[columns], train[TARGET], test[TARGET], test[COHORTS])


def pipeline(n_estimators: int, learning_rate: float, num_leaves: int, seed: int) -> Pipeline:
    """Return the unfitted model: impute, scale or one-hot encode, then boosted trees."""
    preprocess = ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
            (
                "categories",
                make_pipeline(
                    SimpleImputer(strategy="most_frequent"),
                    OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                ),
                CATEGORIES,
            ),
        ],
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    trees = LGBMClassifier(
        n_estimators=n_estimators,
        learning_rate=learning_rate,
        num_leaves=num_leaves,
        random_state=seed,
        verbose=-1,
    )
    return make_pipeline(preprocess, trees)


def measured(model: Pipeline, data: Applications) -> dict[str, float]:
    """Return the model's quality on the test rows."""
    probability = model.predict_proba(data.test)
    denied = data.test_y == "yes"
    return {
        "test_roc_auc": roc_auc_score(denied, probability[:, 1]),
        "test_average_precision": average_precision_score(denied, probability[:, 1]),
        "test_log_loss": log_loss(data.test_y, probability),
        "test_accuracy": accuracy_score(data.test_y, model.predict(data.test)),
    }


def signature_of(model: Pipeline, rows: pd.DataFrame) -> ModelSignature:
    """Return the model's signature; its integer column is 0 or 1 and never missing."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Hint: Inferred schema contains integer column")
        return infer_signature(rows, model.predict(rows))


def main(arguments: argparse.Namespace) -> None:
    """Train, explain, log and register, and print where everything is."""
    data = load(arguments.data, arguments.test_size, arguments.seed)
    parameters = {
        name: getattr(arguments, name)
        for name in ("n_estimators", "learning_rate", "num_leaves", "seed")
    }
    with mlflow.start_run() as run:
        if not run.data.params:  # `mlflow run` has logged its own
            mlflow.log_params(parameters)
        model = pipeline(**parameters).fit(data.train, data.train_y)
        mlflow.log_metrics(measured(model, data))
        signature = signature_of(model, data.test)
        plain = mlflow.sklearn.log_model(
            model,
            name="mortgage-model",
            registered_model_name="mortgage-model",
            signature=signature,
            skops_trusted_types=TRUSTED,
            pip_requirements=["mlflow", "scikit-learn", "lightgbm", "pandas", "skops"],
        )
        explainer = TabularExplainer(model, data.train)
        logged = log_explanation(
            explainer.explain_global(data.test),
            comment="test rows",
            true_y=data.test_y,
            cohort_data=data.test_cohorts,
            model_uri=plain.model_uri,
        )
        describe_version("mortgage-model", plain.registered_model_version, logged)
        scoring = explainer.create_scoring_explainer()
        alone = log_model(
            scoring_explainer=scoring,
            name="mortgage-explainer",
            registered_model_name="mortgage-explainer",
            signature=signature,
            explanation=logged,
            model_version=("mortgage-model", str(plain.registered_model_version)),
        )
        pair = log_model(
            model,
            scoring_explainer=scoring,
            name="mortgage",
            registered_model_name="mortgage",
            signature=signature,
            explanation=logged,
        )
    report(logged, {"mortgage-model": plain, "mortgage-explainer": alone, "mortgage": pair})


def report(logged: LoggedExplanation, models: dict[str, ModelInfo]) -> None:
    """Print what was made and how to look at it."""
    print("\nMost important columns, mean |importance| in log-odds of denial:")
    for name, value in logged.explanation.get_feature_importance_dict(5).items():
        print(f"  {name:<12} {value:.3f}")
    print("\nRegistered:")
    for name, info in models.items():
        print(f"  {name:<20} version {info.registered_model_version}  model id {info.model_id}")
    version = models["mortgage"].registered_model_version
    print(
        f"\nExplanation {logged.id}, in run {logged.run_id}"
        "\nLook at it:  mlflow ui   (in this folder), then"
        f"\n  http://127.0.0.1:5000/#/experiments/{logged.experiment_id}/runs/{logged.run_id}"
        f"/artifacts/{logged.artifact_path}/report.html"
        "\nServe it:    "
        f"mlflow models serve -m models:/mortgage/{version} --env-manager local -p 5001\n"
    )


def arguments() -> argparse.Namespace:
    """Return the command line's arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", default=str(DATA), help="csv of mortgage applications")
    parser.add_argument("--test-size", type=float, default=0.25, help="share of rows held out")
    parser.add_argument("--n-estimators", type=int, default=120, help="number of trees")
    parser.add_argument("--learning-rate", type=float, default=0.05, help="weight of each tree")
    parser.add_argument("--num-leaves", type=int, default=15, help="leaves of each tree")
    parser.add_argument("--seed", type=int, default=0, help="seed of split and training")
    return parser.parse_args()


if __name__ == "__main__":
    main(arguments())
