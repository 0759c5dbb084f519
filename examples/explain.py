"""Explains any logged model on a data file, in an MLflow run of its own.

Run it with ``mlflow run . -e explain -P model_uri=models:/mortgage-model/1 --env-manager local``.
"""

from __future__ import annotations

import argparse

import mlflow

from mlflow_explain import explain_model


def main() -> None:
    """Explain, log, and print where the explanation is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model-uri", required=True, help="models:/name/version or runs:/...")
    parser.add_argument("--data", required=True, help="csv or parquet file with rows to explain")
    parser.add_argument("--true-y", default="", help="column of observed outcomes, if any")
    parser.add_argument("--comment", default="", help="free text kept with the explanation")
    given = parser.parse_args()
    with mlflow.start_run():
        logged = explain_model(
            given.model_uri,
            given.data,
            true_y=given.true_y or None,
            comment=given.comment or None,
        )
    print(f"Explanation {logged.id} of {given.model_uri}, in run {logged.run_id}:")
    for name, value in logged.explanation.get_feature_importance_dict(10).items():
        print(f"  {name:<24} {value:.4g}")
    print(f"Load it:  mlflow.artifacts.download_artifacts({logged.uri!r})")


if __name__ == "__main__":
    main()
