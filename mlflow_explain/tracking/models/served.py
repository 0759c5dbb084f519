"""What `mlflow models serve` calls: predictions of the plain model, and their reasons."""

from __future__ import annotations

import itertools
import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data import time_limit
from mlflow_explain.data.answering import Answer, BySteps, answering
from mlflow_explain.data.boosters import tells_class_numbers
from mlflow_explain.data.predictor import Predictor
from mlflow_explain.engines import registry
from mlflow_explain.engines.chunks import serially
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.scoring import reply
from mlflow_explain.scoring.condition import Answers, Condition
from mlflow_explain.scoring.options import PARAMS
from mlflow_explain.scoring.reasons import Reasons, reasons_of
from mlflow_explain.tracking.models import request
from mlflow_explain.tracking.models.explained import (
    Explained,
    importances,
    own_outputs,
    without_reasons,
)
from mlflow_explain.tracking.models.texts import PlainAnswer, plain_answer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from mlflow_explain._typing import AnyArray, FloatArray, Rows
    from mlflow_explain.scoring.options import ReplyOptions
    from mlflow_explain.scoring.scorer import Scorer
    from mlflow_explain.tracking.models.settings import Serving

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
        Its last step; the steps before it are the scorer's `preprocess`.
    scorer : Scorer
        Explains; it shares the fitted preprocessing.
    serving : Serving
        How requests are answered.

    Attributes
    ----------
    answer : callable
        Returns the model's predictions and probabilities of engineered rows.
    answer_plainly : callable
        Returns what the plain model answers for rows and parameters of its own.
    labelled : bool
        Whether predictions are class labels.
    """

    plain: Any
    model: Any
    estimator: Predictor
    scorer: Scorer
    serving: Serving
    answer: Answer = field(init=False)
    answer_plainly: PlainAnswer = field(init=False)
    labelled: bool = field(init=False)
    _condition: Condition | None = field(init=False)
    _own_params: Mapping[str, Any] = field(init=False)
    _shares: bool = field(init=False)
    _failures: Iterator[int] = field(init=False, default_factory=lambda: itertools.count(1))

    def __post_init__(self) -> None:
        answer = answering(self.estimator, self.scorer.probe_rows())
        object.__setattr__(self, "answer", answer)
        object.__setattr__(self, "answer_plainly", plain_answer(self.plain, self.scorer))
        labelled = self.scorer.prediction_of(self.estimator.model) == "label"
        object.__setattr__(self, "labelled", labelled)
        # Parsed once, not with each request.
        object.__setattr__(self, "_condition", self.serving.condition)
        object.__setattr__(self, "_own_params", _defaults(self.plain))
        shares = self.scorer.shares_steps_of(self.estimator.model)
        object.__setattr__(self, "_shares", shares)

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
        theirs = {name: value for name, value in given.items() if name not in PARAMS}
        with request.bad_requests():
            request.check_given(given)
            if not given.get("explain", self.serving.explain_by_default):
                return self.answer_plainly(rows, theirs or None)
            options = request.options_of(given, self.scorer, self.serving)
            request.check_size(rows, self.scorer, options, self.serving)
            self._check_own_params(theirs)
        if not rows.shape[0]:
            return self._table(self._nothing(), options, rows)
        with serially(), request.bounded(options):
            with request.bad_requests(), time_limit.without():
                engineered = self.scorer.engineered_if_finite(rows)
                request.check_texts(engineered, self.scorer, options)
            return self._table(self.explained(engineered, options), options, rows)

    def explained(self, engineered: Rows, options: ReplyOptions) -> Explained:
        """Return what the model answers for rows, and why: whatever fails costs no prediction.

        Parameters
        ----------
        engineered : DataFrame, ndarray or csr_matrix
            Rows as the estimator takes them.
        options : ReplyOptions
            What is asked for; `explain` may be False here.
        """
        with time_limit.without():
            given = self._transformed(engineered)
            predicted, probabilities = self.answer(given)
        if not options.explain:
            return Explained(predicted, probabilities, Reasons.none(len(predicted), ""))
        positions = None
        try:
            positions = self.positions(predicted, probabilities)
            wanted = self._wanted(predicted, probabilities, positions)
            reasons = reasons_of(self.scorer, given, raw=options.raw, wanted=wanted)
            own = own_outputs(self.scorer, self.estimator, engineered, reasons)
        except Exception as error:
            # Whatever fails here never costs the prediction.
            _logger.debug("The explainer failed.", exc_info=True)
            reasons = without_reasons(error, len(predicted), next(self._failures))
            own = own_outputs(self.scorer, self.estimator, engineered, reasons)
        return Explained(predicted, probabilities, reasons, positions, own)

    def _transformed(self, rows: Rows) -> Any:
        """Return rows with what the model's steps make of them, where the explainer takes that."""
        steps = self.answer
        return steps.transformed(rows) if self._shares and isinstance(steps, BySteps) else rows

    def get_raw_model(self) -> Any:
        """Return the fitted object inside, as MLflow's own flavours do."""
        return self.model

    def _table(self, found: Explained, options: ReplyOptions, rows: Rows) -> pd.DataFrame:
        columns = reply.prediction_columns(
            self.scorer, found.predicted, found.probabilities, labelled=self.labelled
        )
        columns |= importances(self.scorer, found, options, self.serving)
        return request.table(columns, rows)

    def _nothing(self) -> Explained:
        """Return the answer to a request without rows, which many steps and models refuse.

        Its columns are those of every reply: Spark asks for them.
        """
        classes = self.scorer.labels
        probabilities = None if classes is None else np.empty((0, len(classes)))
        none = Reasons.none(0, "")
        own = own_outputs(self.scorer, self.estimator, np.empty((0, 0)), none)
        return Explained(np.empty(0), probabilities, none, None, own)

    def positions(self, predicted: AnyArray, probabilities: FloatArray | None) -> AnyArray | None:
        """Return the position of each row's predicted class, where the model tells one."""
        if self.labelled:
            found: AnyArray | None = self.scorer.output_positions(predicted)
            return found
        if self.scorer.labels is not None and tells_class_numbers(self.estimator.model):
            return np.asarray(predicted, dtype=np.int64)
        return None if probabilities is None else self.scorer.output_positions(probabilities)

    def _wanted(
        self, predicted: AnyArray, probabilities: FloatArray | None, positions: AnyArray | None
    ) -> AnyArray | None:
        """Return which rows meet the condition that was set when logging."""
        condition = self._condition
        if condition is None:
            return None
        labels = self.scorer.output_names if self.scorer.labels is not None else ()
        shown = predicted
        if self.labelled:
            shown = np.array([str(label) for label in predicted.tolist()], dtype=object)
        return condition.met(Answers(shown, probabilities, labels, positions))

    def _check_own_params(self, theirs: Mapping[str, Any]) -> None:
        """Refuse parameters of the user's model that importances know nothing of."""
        other = [n for n, value in theirs.items() if value != self._own_params.get(n, value)]
        if other:
            raise InvalidInputError(
                "the model's own parameters as they are by default in a request with importances",
                f"others for {', '.join(sorted(other))}",
                "Leave them out, or ask with explain=false.",
            )


@dataclass(frozen=True, eq=False, slots=True)
class ServedExplainer:
    """The scoring explainer behind an endpoint of its own.

    Parameters
    ----------
    scorer : Scorer
        The explainer.
    serving : Serving
        How requests are answered.
    """

    scorer: Scorer
    serving: Serving
    _failures: Iterator[int] = field(init=False, default_factory=lambda: itertools.count(1))

    def predict(self, rows: Rows, params: Mapping[str, Any] | None = None) -> Any:
        """Answer a request with importances only.

        Parameters
        ----------
        rows : DataFrame or ndarray
            Raw rows.
        params : mapping, optional
            `top_k`, `output`, `raw` and `budget_ms`. A predicted class is not known here: the
            default is the positive class of two, the first of more.
        """
        given = dict(params or {})
        with request.bad_requests():
            request.check_given(given)
            options = request.options_of(given, self.scorer, self.serving)
            request.check_size(rows, self.scorer, options, self.serving)
        engineered = rows
        with serially(), request.bounded(options):
            if rows.shape[0]:
                with request.bad_requests(), time_limit.without():
                    engineered = self.scorer.engineered_if_finite(rows)
                    request.check_texts(engineered, self.scorer, options)
            found = self.explained(engineered, options)
        columns = importances(self.scorer, found, options, self.serving)
        return request.table(columns, rows)

    def explained(self, engineered: Rows, options: ReplyOptions) -> Explained:
        """Return the importances of rows; a model that is asked tells its own output, too.

        Parameters
        ----------
        engineered : DataFrame, ndarray or csr_matrix
            Rows as the estimator takes them.
        options : ReplyOptions
            What is asked for.
        """
        n_rows = int(engineered.shape[0])
        try:
            reasons = Reasons.none(0, "")
            if n_rows:
                reasons = reasons_of(self.scorer, engineered, raw=options.raw)
        except Exception as error:
            # As of the pair: the request is not to blame.
            _logger.debug("The explainer failed.", exc_info=True)
            reasons = without_reasons(error, n_rows, next(self._failures))
        asked = registry.asked_by(self.scorer.engine)
        own = None
        if asked is not None:
            estimator = Predictor(asked, self.scorer.model_task, self.scorer.classes)
            own = own_outputs(self.scorer, estimator, engineered, reasons)
        return Explained(np.empty(n_rows), None, reasons, None, own)


def _defaults(plain: Any) -> dict[str, Any]:
    """Return the parameters of the user's own model, as they are by default."""
    schema = plain.metadata.get_params_schema() if hasattr(plain, "metadata") else None
    return {} if schema is None else {spec.name: spec.default for spec in schema.params}
