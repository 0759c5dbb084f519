"""What reasons cost: the served reply with importances against the plain model's, in one process.

``make bench`` runs it. Requests go through MLflow's scoring server without sockets, in turn.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.pyfunc import scoring_server

from examples import mortgage
from mlflow_explain import TabularExplainer, save_model
from mlflow_explain.tracking.models.nested import MODEL_FOLDER

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 5
REQUESTS = 60


def markdown() -> str:
    """Measure all, and return the section of the report."""
    data = mortgage.load()
    model = mortgage.pipeline(120, 0.05, 15, 0).fit(data.train, data.train_y)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "pair"
        save_model(model, folder, scoring_explainer=TabularExplainer(model, data.train))
        plain, pair = _endpoint(folder / MODEL_FOLDER), _endpoint(folder)
        lines = [
            "| rows in a request | plain, ms | with reasons, ms | ratio |",
            "| ---: | ---: | ---: | ---: |",
        ]
        for n_rows in (1, 100):
            body = _body(data.test.head(n_rows))
            times = [(_median(plain, body), _median(pair, body)) for _ in range(ROUNDS)]
            ratio = statistics.median(b / a for a, b in times)
            a, b = (statistics.median(column) for column in zip(*times, strict=True))
            lines.append(f"| {n_rows} | {1e3 * a:.2f} | {1e3 * b:.2f} | {ratio:.2f} |")
    return (
        "## Served replies\n\nThe mortgage Pipeline (ColumnTransformer and LightGBM), through "
        "MLflow's scoring server without sockets: the plain model's reply and the reply with "
        f"importances, in turn. Medians of {ROUNDS} rounds of {REQUESTS} requests.\n\n"
        + "\n".join(lines)
    )


def _endpoint(path: Path) -> Callable[[str], Any]:
    model = mlflow.pyfunc.load_model(str(path))
    schema = model.metadata.get_input_schema()
    return lambda body: scoring_server.invocations(body, "application/json", model, schema)


def _body(rows: Any) -> str:
    plain = rows.astype(object).where(rows.notna(), None)
    return json.dumps({"dataframe_split": plain.to_dict(orient="split", index=False)})


def _median(endpoint: Callable[[str], Any], body: str) -> float:
    """Return the median seconds of a request."""
    seconds = []
    for _ in range(REQUESTS):
        begin = time.perf_counter()
        endpoint(body)
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


if __name__ == "__main__":
    print(markdown())  # noqa: T201 - the result is what the command is for
