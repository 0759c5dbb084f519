"""What answers rows: a server of a model, or a model that MLflow loaded here."""

from __future__ import annotations

import io
import json
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import mlflow
import numpy as np
import pandas as pd
import requests
from mlflow.exceptions import MlflowException

# Private, and pinned by tests: by this `predict` of a loaded model casts its rows.
from mlflow.models.utils import _enforce_schema

from mlflow_explain.data.boosters import tells_probabilities
from mlflow_explain.data.kinds import full_name, is_a, is_frame, is_sparse
from mlflow_explain.data.pyfuncs import inside
from mlflow_explain.data.views import listed
from mlflow_explain.errors import (
    CorruptArtifactError,
    ExplainError,
    InvalidInputError,
    StoreError,
    without_passwords,
)
from mlflow_explain.tracking.models import addresses, nested
from mlflow_explain.tracking.pages import registry
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.store import connected

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LONGEST = 300


class Side(Protocol):
    """What answers rows."""

    @property
    def digest(self) -> str | None:
        """Of an explainer the digest of its model; of a model its own; None if unknown."""

    def answers(self, rows: Any, params: Mapping[str, Any]) -> list[Any]:
        """Return an answer of plain JSON for each row."""

    def probabilities(self, rows: Any) -> list[list[float]] | None:
        """Return probabilities that the answers lack."""

    @property
    def answers_numbers(self) -> bool:
        """Whether a classifier's own prediction is known to be its probabilities."""


@dataclass(frozen=True, eq=False, slots=True)
class Server:
    """A server that `mlflow models serve` started.

    Parameters
    ----------
    url : str
        Its address.
    timeout : float
        Seconds for an answer.
    """

    url: str
    timeout: float
    digest: None = None
    answers_numbers: bool = False

    def answers(self, rows: Any, params: Mapping[str, Any]) -> list[Any]:
        """Return what it answers, or what it says is wrong."""
        url = self.url.rstrip("/").removesuffix("/invocations") + "/invocations"
        named = without_passwords(url)
        body = _body(rows) | ({"params": dict(params)} if params else {})
        try:
            reply = requests.post(url, json=body, timeout=self.timeout)
        except requests.RequestException as error:
            raise StoreError(
                f"an answer from {named}", type(error).__name__, "Is the server running?"
            ) from error
        if reply.status_code == requests.codes.ok:
            found: list[Any] = reply.json()["predictions"]
            return found
        if reply.status_code < requests.codes.internal_server_error:
            raise InvalidInputError(
                f"rows and options that {named} takes",
                f"HTTP {reply.status_code}: {_message_of(reply)}",
                "See the model's signature.",
            )
        raise StoreError(
            f"an answer from {named}", f"HTTP {reply.status_code}", "See the server's log."
        )

    def probabilities(self, rows: Any) -> None:
        """Return None: what a server does not answer is not known."""


@dataclass(frozen=True, eq=False, slots=True)
class Loaded:
    """A model that MLflow loaded here.

    Parameters
    ----------
    plain : mlflow.pyfunc.PyFuncModel
        The model.
    digest : str or None
        As of `Side`.
    """

    plain: Any
    digest: str | None

    def answers(self, rows: Any, params: Mapping[str, Any]) -> list[Any]:
        """Return what its server would, or say what is wrong with the rows."""
        from mlflow.pyfunc.scoring_server import predictions_to_json

        text = io.StringIO()
        with _typed_rows():
            answer = self.plain.predict(rows, params=dict(params) or None)
        predictions_to_json(answer, text)  # type: ignore[no-untyped-call]
        found: list[Any] = json.loads(text.getvalue())["predictions"]
        return found

    def probabilities(self, rows: Any) -> list[list[float]] | None:
        """Return those of the fitted object inside, if it tells them of its rows."""
        inside = self._inside
        if not hasattr(inside, "predict_proba"):
            return None
        schema = self.plain.metadata.get_input_schema()
        with _typed_rows():
            # In the columns, order and types in which MLflow hands rows to the model.
            given = rows if schema is None else _enforce_schema(rows, schema)
            return listed(np.asarray(inside.predict_proba(given)))

    @property
    def answers_numbers(self) -> bool:
        """Whether a classifier's own prediction is its probabilities."""
        return tells_probabilities(self._inside)

    @property
    def _inside(self) -> Any:
        return inside(self.plain)


@contextmanager
def _typed_rows() -> Iterator[None]:
    """Turn what a model loaded here raises on rows into an error that repeats none of them."""
    try:
        yield
    except ExplainError:
        raise
    except Exception as error:
        raise InvalidInputError(
            "rows that the model takes",
            f"{type(error).__name__}: {_said_by(error)}",
            "See the model's signature.",
        ) from error


def _said_by(error: Exception) -> str:
    """Return what MLflow says of rows, without the rows; a model's own words may repeat them."""
    if not isinstance(error, MlflowException):
        return "see the error that this one was raised from"
    if isinstance(error.__cause__, ExplainError):
        return str(error.__cause__)
    return _after_rows(str(error.message)) or "see the error that this one was raised from"


def side_of(given: Any, what: str, timeout: float) -> Server | Loaded:
    """Return what answers at an address.

    Parameters
    ----------
    given : object
        The address of a server or of a logged model, its folder, or what MLflow says of it or
        loaded.
    what : str
        Name of the argument, for messages.
    timeout : float
        Seconds that a server may take for an answer.
    """
    if isinstance(given, str) and given.startswith(("http://", "https://")):
        return Server(given, timeout)
    given = addresses.address_of(given)
    if is_a(given, "mlflow", "PyFuncModel"):
        return Loaded(given, _digest_in(given.metadata.flavors.get(nested.FLAVOR_NAME)))
    if not isinstance(given, str | Path):
        raise InvalidInputError(
            f"`{what}`: the address of a server or of a logged model, or what MLflow loaded",
            full_name(given),
            "Log it, and pass its address.",
        )
    target = addresses.resolved(given, connected())
    folder = registry.verified(target)
    with typed(f"give the {what} {target.uri}"):
        ours = nested.ours_of(folder)
        digest = nested.digest_of(folder) if ours is None else _digest_in(ours)
        return Loaded(mlflow.pyfunc.load_model(str(folder)), digest)


def _digest_in(ours: Mapping[str, Any] | None) -> str | None:
    return None if ours is None else ours.get("model_digest")


def check_pair(model: Server | Loaded, explainer: Server | Loaded) -> None:
    """Refuse the explainer of another model, as far as digests are known."""
    known = {side.digest for side in (model, explainer)}
    if None not in known and len(known) > 1:
        raise CorruptArtifactError(
            "the explainer of this very model",
            "one of another: it was logged with another digest of its model's files",
            "Pass the version that the explainer was logged for; its tags name it.",
        )


def as_rows(rows: Any) -> Any:
    """Return rows as MLflow takes them: a DataFrame, or an array of two axes."""
    if is_frame(rows):
        return rows
    if is_a(rows, "pandas", "Series"):
        return rows.to_frame().T.infer_objects()
    try:
        found = np.atleast_2d(rows.toarray() if is_sparse(rows) else np.asarray(rows))
    except ValueError:
        # Lists of different lengths.
        found = np.empty(())
    if found.ndim != 2 or isinstance(rows, dict | str):
        raise InvalidInputError(
            "a DataFrame, a Series, or an array of two axes", full_name(rows), "Pass one of these."
        )
    return found


def _body(rows: Any) -> dict[str, Any]:
    """Return the request of rows, in strict JSON and to the last digit."""
    if not is_frame(rows):
        return {"inputs": listed(rows) if rows.dtype.kind == "f" else rows.tolist()}
    plain = rows.astype(object).where(rows.notna(), None)
    times = [name for name in rows if pd.api.types.is_datetime64_any_dtype(rows[name])]
    for name in times:
        plain[name] = [None if pd.isna(cell) else cell.isoformat() for cell in rows[name]]
    return {"dataframe_split": plain.to_dict(orient="split", index=False)}


def _message_of(reply: Any) -> str:
    """Return a server's own words on a bad request, without what it repeats of the rows."""
    try:
        said = str(reply.json()["message"])
    except (ValueError, KeyError, TypeError):
        return "see its log"
    return _after_rows(said) or "see its log"


def _after_rows(said: str) -> str:
    """Return MLflow's own words on bad rows, which it repeats in front of them."""
    _, found, error = said.rpartition("Error: ")
    return error.partition("\n")[0][:_LONGEST].removesuffix(".") if found else ""
