"""A request and the scoring server's answer, without the sockets."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import scoring_server

from docs.requests import VALUE

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from docs.requests import Odd


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


def assert_as_stated(odd: Odd, status: int, text: str | bytes) -> None:
    """Compare an answer with what the table of odd requests says."""
    text = text.decode() if isinstance(text, bytes) else text
    is_json = text.startswith("{")
    answer = json.loads(text, parse_constant=_refuse) if is_json else {"message": text}
    found = (status, answer.get("error_code"), "stack_trace" in answer)
    assert found == (odd.status, odd.code, odd.traced), text
    if odd.status == 200:
        assert all(row["explanation_status"] == "ok" for row in answer["predictions"])
        return
    # MLflow quotes the request in front of messages of ours.
    quoted, _, ours = answer["message"].rpartition("\nError: ")
    message = answer["message"] if odd.by == "MLflow" else ours
    assert odd.says in message, message
    assert odd.repeats in (answer["message"] if odd.by == "MLflow" else quoted)
    assert odd.repeats or VALUE not in text
    assert odd.by == "MLflow" or VALUE not in ours


def _refuse(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")


def body_of(rows: pd.DataFrame) -> dict[str, Any]:
    """Return a request of rows; `DataFrame.to_json` would round them to ten digits."""
    plain = rows.astype(object).where(rows.notna(), None)
    return {"dataframe_split": plain.to_dict(orient="split", index=False)}
