"""A process that, when told, uploads an explanation to a run and registers a model of its own.

``python -m tests.stores.writer <run id> <registered model> <who>``, with one line of input.
"""

from __future__ import annotations

import json
import sys

import mlflow
import numpy as np
import pandas as pd
from sklearn.linear_model import Ridge

from mlflow_explain import ExplanationClient, TabularExplainer, log_model
from mlflow_explain.tracking.models import environment

ROWS = pd.DataFrame(np.eye(4), columns=list("abcd"))


def main(run_id: str, name: str, who: str) -> None:
    model = Ridge().fit(ROWS, np.arange(4.0) * (1 + len(who)))
    explainer = TabularExplainer(model, ROWS)
    explanation = explainer.explain_global(ROWS)
    environment.is_development = lambda: False  # its code need not be logged along
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    kept = ExplanationClient.from_run_id(run_id).upload_model_explanation(explanation, comment=who)
    with mlflow.start_run(run_id=run_id):
        info = log_model(
            model, scoring_explainer=explainer, name=who, registered_model_name=name,
            explanation=kept, pip_requirements=["mlflow"],
        )  # fmt: skip
    found = {"id": kept.id, "version": info.registered_model_version, "coef": list(model.coef_)}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
