"""Live what-if: the logged model behind an explanation, loaded here, answers rows of a page.

Loading a model runs code that came with it, so nothing of this happens unless the server was
started with `--allow-model-load`.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from mlflow.models import Model

from mlflow_explain.dashboard.source import Source
from mlflow_explain.data.kinds import MODEL_ERRORS
from mlflow_explain.data.views import listed
from mlflow_explain.engines.chunks import serially
from mlflow_explain.errors import (
    ArtifactNotFoundError,
    ExplainError,
    InvalidInputError,
    UnsupportedModelError,
    in_one_line,
)
from mlflow_explain.scoring.options import ReplyOptions
from mlflow_explain.tracking.batch.rows import conformed
from mlflow_explain.tracking.models import addresses, loaded, nested
from mlflow_explain.tracking.models.served import ServedModel
from mlflow_explain.tracking.pages import registry
from mlflow_explain.tracking.pages.show import entries_of_model
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.store import connected
from mlflow_explain.ui import texts
from mlflow_explain.ui.cells import rows_of, types_of
from mlflow_explain.ui.latest import Latest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow import MlflowClient
    from mlflow.types.schema import Schema

    from mlflow_explain._typing import Rows
    from mlflow_explain.tracking.runs.kept import Kept

# Rows of a request: a sweep over two columns; attributions; those of an engine that asks the model.
MOST_ROWS, MOST_EXPLAINED, MOST_ASKING = 10_000, 1_000, 50
_MOST_MODELS = 2
_WITHOUT = ReplyOptions(explain=False)


@dataclass(frozen=True, eq=False)
class LiveModel:
    """A logged pair, loaded.

    Parameters
    ----------
    uri : str
        Its address.
    served : ServedModel
        Model and explainer, as MLflow's server would call them.
    inputs : mlflow.types.Schema
        Columns and types of its rows.
    """

    uri: str
    served: ServedModel
    inputs: Schema
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def source(self) -> Source:
        """The model as a page takes it in: what can be computed there needs no question."""
        return Source(self.served.model, self.served.scorer.engine)

    def about(self) -> dict[str, Any]:
        """Return what a page has to know before it asks."""
        scorer = self.served.scorer
        return {
            "uri": self.uri,
            "inputs": [{"name": n, "type": kind} for n, kind in self._types.items()],
            "classes": None if scorer.labels is None else list(scorer.output_names),
            "features": list(scorer.features),
            "outputs": len(scorer.engine.base_values),
            "method": scorer.engine.name,
            "space": scorer.output_space,
            "most_rows": MOST_ROWS,
            "most_explained": MOST_ASKING if scorer.asks_model else MOST_EXPLAINED,
            "text": None if scorer.texts is None else scorer.texts.name,
        }

    def predict(self, columns: Any) -> dict[str, Any]:
        """Return the model's answers: numbers of classes, or values; and probabilities.

        Parameters
        ----------
        columns : object
            As of `rows_of`.
        """
        rows = self._rows(columns, MOST_ROWS)
        with self._lock, serially(), _rows_it_takes():
            engineered = self.served.scorer.engineered_if_finite(rows)
            found = self.served.explained(engineered, _WITHOUT)
            classes = self.served.positions(found.predicted, found.probabilities)
        values = _first_target(found.predicted) if classes is None else classes
        probabilities = found.probabilities
        return {
            "values": listed(np.asarray(values, np.float64)),
            "probabilities": None if probabilities is None else listed(np.asarray(probabilities)),
        }

    def explain(self, columns: Any) -> dict[str, Any]:
        """Return attributions to raw columns, [row][output][feature], and the base values.

        Of a model of texts also those of the tokens of each row, as of `texts.told`.
        """
        scorer = self.served.scorer
        most = MOST_ASKING if scorer.asks_model else MOST_EXPLAINED
        rows = self._rows(columns, most, together=True)
        if scorer.texts is not None:
            texts.check_values(rows, scorer.texts.name, len(scorer.engine.base_values))
        with self._lock, serially(), _rows_it_takes():
            engineered = scorer.engineered_if_finite(rows)
            local = scorer.local_of_engineered(engineered, raw=True)
        if not np.isfinite(local.values).all():
            raise InvalidInputError(
                "rows with attributions that are numbers",
                "others, as of rows with missing cells where the model takes none",
                "Change the values.",
            )
        return {
            "values": listed(np.moveaxis(local.values, 2, 1)),
            "base_values": listed(np.asarray(local.base_values)),
            "tokens": None if scorer.texts is None else texts.told(local),
        }

    @property
    def _types(self) -> dict[str, str]:
        return types_of(self.served.scorer.template, self.inputs)

    def _rows(self, columns: Any, most: int, *, together: bool = False) -> Rows:
        scorer = self.served.scorer
        rows = rows_of(columns, scorer.template, self._types, most)
        if scorer.texts is not None:
            texts.check_length(rows, scorer.texts.name, together=together)
        return conformed(rows, self.inputs)


@contextmanager
def _rows_it_takes() -> Iterator[None]:
    """Turn what a model says of rows it does not take, such as missing cells, into our error."""
    try:
        yield
    except ExplainError:
        raise
    except MODEL_ERRORS as error:
        raise InvalidInputError(
            "rows that the model takes", in_one_line(error), "Change the values."
        ) from error


def _first_target(predicted: Any) -> Any:
    return predicted if predicted.ndim == 1 else predicted[:, 0]


class LiveModels:
    """The models that were loaded last, by their addresses.

    Parameters
    ----------
    allowed : bool
        Whether any is loaded.
    """

    def __init__(self, *, allowed: bool) -> None:
        self.allowed = allowed
        self._loaded: Latest[LiveModel] = Latest(_MOST_MODELS)
        self._lock = threading.Lock()

    def of(self, kept: Kept) -> LiveModel:
        """Return the loaded model of an explanation.

        Raises
        ------
        ArtifactNotFoundError
            No logged model is known to belong to it.
        UnsupportedModelError
            The one that is known has no explainer beside it.
        ModelLoadError
            MLflow refuses to load it.
        """
        target = addresses.resolved(address_of(kept), connected())
        # One at a time: a page asks several things at once when it is opened.
        with self._lock:
            return self._loaded.of(target.uri, lambda: _load(target))


def _load(target: addresses.Target) -> LiveModel:
    folder = registry.verified(target)
    with typed(f"give the model {target.uri}"):
        is_pair = (nested.ours_of(folder) or {}).get("has_model", False)
    if not is_pair:
        raise UnsupportedModelError(
            "a model logged with its explainer, for a live what-if",
            f"{target.uri}, which is one without the other",
            "Log it with `log_model(model, scoring_explainer=..., explanation=...)`.",
        )
    served = loaded.load_with_code(folder)
    if not isinstance(served, ServedModel):
        raise UnsupportedModelError("a model that predicts", "an explainer", "Log both together.")
    inputs = Model.load(str(folder)).get_input_schema()  # type: ignore[no-untyped-call]
    return LiveModel(target.uri, served, inputs)


def address_of(kept: Kept) -> str:
    """Return the address of the logged model that belongs to an explanation.

    A model logged with its explainer, on whose page the explanation is shown, goes before the one
    that the explanation itself names: that one may have no explainer.

    Raises
    ------
    ArtifactNotFoundError
        None is known.
    """
    named = kept.record.model_uri or ""
    shown = _showing(kept, kept.store.client)
    if shown is not None:
        return shown
    # Never a path: the tag it stands in may be anybody's.
    if named.startswith(("models:/", "runs:/")):
        return named
    raise ArtifactNotFoundError(
        f"a logged model of the explanation {kept.record.id}",
        "none",
        "Pass `explanation=` to `log_model`, or `model_uri=` to `log_explanation`.",
    )


def _showing(kept: Kept, client: MlflowClient) -> str | None:
    """Return the newest logged pair of the experiment on whose page the explanation is shown."""
    tagged = f"tags.`{kept.record.key}` LIKE '%'"
    with typed(f"find models that show {kept.record.id}"):
        found = client.search_logged_models([kept.experiment_id], filter_string=tagged)
    pairs = [model for model in found if registry.TAG_DIGEST in model.tags and _names(model, kept)]
    newest = max(pairs, key=lambda model: model.creation_timestamp, default=None)
    return None if newest is None else f"models:/{newest.model_id}"


def _names(model: Any, kept: Kept) -> bool:
    """Whether a model's page shows this explanation, of this run."""
    return any(entry.uri == kept.entry.uri for entry in entries_of_model(model))


def columns_in(body: bytes) -> Any:
    """Return what a request sent as its columns."""
    try:
        sent = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise InvalidInputError("JSON", "something else", "Send JSON.") from error
    return sent.get("columns") if isinstance(sent, dict) else None


def _no_number(name: str) -> None:
    raise ValueError(name)
