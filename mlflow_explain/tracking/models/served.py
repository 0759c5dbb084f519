"""What `mlflow models serve` calls: predictions of the plain model, and their reasons."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE

from mlflow_explain.data.predictor import answers_labels
from mlflow_explain.errors import ExplainError, InvalidInputError
from mlflow_explain.scoring import reply
from mlflow_explain.scoring.reply import ReplyOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow_explain._typing import AnyArray, FloatArray, Rows
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.scoring.explainer import ScoringExplainer

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False, slots=True)
class ServedModel:
    """The pair behind one endpoint.

    Parameters
    ----------
    plain : mlflow.pyfunc.PyFuncModel
        The original model, as MLflow loads it.
    model : object
        The fitted object inside it.
    estimator : Predictor
        Its last step; the steps before it are the explainer's `preprocess`.
    explainer : ScoringExplainer
        Its explainer, which shares the fitted preprocessing.
    explain_by_default : bool
        Whether a request that does not say is answered with importances.
    """

    plain: Any
    model: Any
    estimator: Predictor
    explainer: ScoringExplainer
    explain_by_default: bool

    def predict(self, rows: Rows, params: Mapping[str, Any] | None = None) -> Any:
        """Answer a request: a table of one row per row, or exactly the plain model's reply.

        Parameters
        ----------
        rows : DataFrame or ndarray
            As MLflow made them from the request, by the signature.
        params : mapping, optional
            The request's parameters with the signature's defaults.
        """
        given = dict(params or {})
        given.setdefault("explain", self.explain_by_default)
        if not given["explain"]:
            theirs = {name: value for name, value in given.items() if name not in reply.PARAMS}
            return self.plain.predict(rows, params=theirs or None)
        options = _options(given, self.explainer)
        engineered, predicted, probabilities = self._answer(rows)
        columns = reply.prediction_columns(
            self.explainer, predicted, probabilities, labelled=self._labelled
        )
        columns |= self._reasons(engineered, predicted, probabilities, options)
        return _table(columns, rows)

    def get_raw_model(self) -> Any:
        """Return the fitted object inside, as MLflow's own flavours do."""
        return self.model

    @property
    def _labelled(self) -> bool:
        return self.explainer.labels is not None and answers_labels(self.estimator.model)

    def _answer(self, rows: Rows) -> tuple[Rows, AnyArray, FloatArray | None]:
        """Return engineered rows, predictions and probabilities; preprocessing runs once."""
        try:
            engineered = self.explainer.engineered_rows(rows)
        except ExplainError as error:
            raise _bad_request(error) from error
        predicted = self.estimator.predict(engineered)
        return engineered, predicted, self.estimator.probabilities(engineered, predicted)

    def _reasons(
        self,
        engineered: Rows,
        predicted: AnyArray,
        probabilities: FloatArray | None,
        options: ReplyOptions,
    ) -> dict[str, list[Any]]:
        try:
            local = self.explainer.local_of_engineered(engineered, raw=options.raw)
            answer = predicted if self._labelled else probabilities
            positions = self.explainer.output_positions(answer)
            return reply.explanation_columns(self.explainer, local, options, positions)
        except Exception as error:
            # Whatever fails here never costs the prediction. The exception's text may repeat the
            # row, so it is kept out of the usual log.
            _logger.warning("A prediction is served without reasons: %s.", type(error).__name__)
            _logger.debug("The explainer failed.", exc_info=True)
            return reply.failed_columns(len(predicted), f"failed: {type(error).__name__}")


@dataclass(frozen=True, eq=False, slots=True)
class ServedExplainer:
    """The scoring explainer behind an endpoint of its own.

    Parameters
    ----------
    explainer : ScoringExplainer
        The explainer.
    """

    explainer: ScoringExplainer

    def predict(self, rows: Rows, params: Mapping[str, Any] | None = None) -> Any:
        """Answer a request with importances only.

        Parameters
        ----------
        rows : DataFrame or ndarray
            Raw rows.
        params : mapping, optional
            `top_k`, `output` and `raw`. A predicted class is not known here: the default is the
            positive class of two, the first of more.
        """
        options = _options(dict(params or {}) | {"explain": True}, self.explainer)
        try:
            local = self.explainer.local(rows, raw=options.raw)
        except ExplainError as error:
            raise _bad_request(error) from error
        return _table(reply.explanation_columns(self.explainer, local, options, None), rows)


def _options(given: Mapping[str, Any], explainer: ScoringExplainer) -> ReplyOptions:
    ours = {name: given[name] for name in reply.PARAMS if name in given}
    try:
        return reply.checked(ReplyOptions(**ours), explainer)
    except InvalidInputError as error:
        raise _bad_request(error) from error


def _bad_request(error: ExplainError) -> MlflowException:
    return MlflowException(str(error), error_code=INVALID_PARAMETER_VALUE)


def _table(columns: Mapping[str, list[Any]], rows: Rows) -> pd.DataFrame:
    """Return the reply's columns as objects: None stays None, and dicts stay dicts."""
    made = {}
    for name, values in columns.items():
        cells = np.empty(len(values), dtype=object)
        cells[:] = values
        made[name] = cells
    return pd.DataFrame(made, index=getattr(rows, "index", None))
