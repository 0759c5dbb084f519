"""`BatchModel`: a logged pair, or an explainer on its own, that scores chunks of rows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mlflow.models import Model

from mlflow_explain.data.predictor import answers_probabilities
from mlflow_explain.engines.registry import asked_by
from mlflow_explain.errors import UnsupportedModelError
from mlflow_explain.scoring.options import checked
from mlflow_explain.tracking.batch.columns import Layout
from mlflow_explain.tracking.batch.rows import conformed
from mlflow_explain.tracking.models import addresses, loaded, nested
from mlflow_explain.tracking.models.served import ServedModel
from mlflow_explain.tracking.pages import registry
from mlflow_explain.tracking.runs.store import connected

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    import pyarrow as pa
    from mlflow.types.schema import Schema

    from mlflow_explain.scoring.options import ReplyOptions
    from mlflow_explain.tracking.models.served import ServedExplainer

# Bytes that the rows of a chunk, their importances and what becomes of them may take; and the most
# rows. Engines bound their own memory besides.
_CHUNK_BYTES = 128 * 2**20
_MOST_ROWS = 65_536
# An engine that asks the model takes long: the bar should move.
_MOST_ROWS_ASKING = 256
# How often a number lies in memory: as read, as the model takes it, turned round, written.
_COPIES = 6


@dataclass(frozen=True, eq=False, slots=True)
class BatchModel:
    """What scores chunks of rows.

    Parameters
    ----------
    served : ServedModel or ServedExplainer
        As the server would call it.
    inputs : mlflow.types.Schema
        Columns and types of its rows.
    layout : Layout
        The columns of the results.
    """

    served: ServedModel | ServedExplainer
    inputs: Schema
    layout: Layout

    @classmethod
    def load(cls, folder: Path, options: ReplyOptions) -> BatchModel:
        """Load a model from its local folder.

        Raises
        ------
        UnsupportedModelError
            It was not logged by this package.
        InvalidInputError
            It cannot answer the options.
        ModelLoadError
            MLflow refuses to load it.
        """
        if nested.ours_of(folder) is None:
            raise UnsupportedModelError(
                "a model logged by mlflow_explain.log_model",
                "one without its explainer",
                "Log it with `log_model`, or explain it with `explain_model`.",
            )
        served = loaded.load_with_code(folder)
        checked(options, served.scorer)
        inputs = Model.load(str(folder)).get_input_schema()  # type: ignore[no-untyped-call]
        return cls(served, inputs, _layout(served, options))

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns of results."""
        return self.layout.schema

    @property
    def chunk_rows(self) -> int:
        """Rows of a chunk, so that it fits into a bound on memory."""
        scorer = self.served.scorer
        n_outputs = len(scorer.engine.base_values) + len(scorer.labels or ())
        n_features = len(scorer.engineered_features) + len(scorer.features)
        fitting = _CHUNK_BYTES // (8 * _COPIES * n_features * n_outputs)
        return max(1, min(fitting, _MOST_ROWS_ASKING if scorer.asks_model else _MOST_ROWS))

    def scored(self, frame: pd.DataFrame) -> dict[str, pa.Array]:
        """Return the columns of results of a chunk.

        Parameters
        ----------
        frame : DataFrame
            The columns of the signature, in the types they were read in.

        Raises
        ------
        InvalidInputError
            The rows are not what the model takes.
        """
        rows = conformed(frame, self.inputs)
        served, layout = self.served, self.layout
        engineered = served.scorer.engineered_rows(rows)
        found = served.explained(engineered, layout.options)
        columns = {}
        if layout.predicts:
            columns = layout.answer_columns(found.predicted, found.probabilities)
        if layout.options.explain:
            columns |= layout.reason_columns(found.reasons, found.positions, found.own_outputs)
        return columns


def local_folder(model_uri: str | Path) -> Path:
    """Return the local folder of a model, which is what it was registered with."""
    return registry.verified(addresses.resolved(model_uri, connected()))


def _layout(served: ServedModel | ServedExplainer, options: ReplyOptions) -> Layout:
    engine = served.scorer.engine
    approximates = not math.isfinite(engine.tolerance)
    if not isinstance(served, ServedModel):
        # What a model answers that is elsewhere is not known.
        tells = approximates and asked_by(engine) is not None
        options = replace(options, explain=True)
        return Layout(served.scorer, options, predicts=False, approximates=tells)
    model, is_classifier = served.estimator.model, served.scorer.labels is not None
    return Layout(
        scorer=served.scorer,
        options=options,
        predicts=True,
        labelled=served.labelled,
        several=served.scorer.prediction_of(model) == "numbers",
        tells_probabilities=is_classifier and answers_probabilities(model),
        approximates=approximates,
    )
