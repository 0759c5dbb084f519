"""Models saved once for all tests of the served reply."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import mlflow
import pytest
from mlflow.exceptions import MlflowException
from mlflow.models import infer_signature
from mlflow.pyfunc import scoring_server

from examples import mortgage
from mlflow_explain import save_model
from mlflow_explain.tracking.nested import trusted_types

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd


@pytest.fixture(scope="session")
def saved(tmp_path_factory, pipeline, explainer, applications) -> dict[str, Path]:
    """The plain model, the pair, the pair that does not explain unasked, the explainer alone."""
    root = tmp_path_factory.mktemp("models")
    paths = {name: root / name for name in ("plain", "pair", "quiet", "alone")}
    signature = mortgage.signature_of(pipeline, applications.test)
    mlflow.sklearn.save_model(
        pipeline, str(paths["plain"]), signature=signature,
        skops_trusted_types=trusted_types(pipeline), pip_requirements=["mlflow"],
    )  # fmt: skip
    common = {"scoring_explainer": explainer, "signature": signature}
    save_model(pipeline, paths["pair"], **common)
    save_model(pipeline, paths["quiet"], **common, explain_by_default=False)
    save_model(path=paths["alone"], **common)
    return paths


class Endpoint:
    """What the scoring server does with a request, without the sockets."""

    def __init__(self, path: Path) -> None:
        self.model = mlflow.pyfunc.load_model(str(path))
        self.schema = self.model.metadata.get_input_schema()

    def post(self, body: Any, kind: str = "application/json") -> tuple[int, Any]:
        status, text = self.text(body if isinstance(body, str | bytes) else json.dumps(body), kind)
        return status, json.loads(text, parse_constant=_refuse)

    def text(self, body: str | bytes, kind: str = "application/json") -> tuple[int, str]:
        try:
            answer = scoring_server.invocations(body, kind, self.model, self.schema)
        except MlflowException as error:
            return error.get_http_status_code(), error.serialize_as_json()
        return answer.status, answer.response


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


@pytest.fixture(scope="session")
def endpoint(saved) -> dict[str, Endpoint]:
    return {name: Endpoint(path) for name, path in saved.items()}


@pytest.fixture(scope="session")
def split_body(applications) -> dict[str, Any]:
    return body_of(applications.test)


def body_of(rows: pd.DataFrame) -> dict[str, Any]:
    """Return a request of rows; `DataFrame.to_json` would round them to ten digits."""
    plain = rows.astype(object).where(rows.notna(), None)
    return {"dataframe_split": plain.to_dict(orient="split", index=False)}


@pytest.fixture
def signature(iris):
    return infer_signature(iris[0])
