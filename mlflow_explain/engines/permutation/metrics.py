"""Metrics: what they are called, what they need of a model, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from sklearn import metrics

from mlflow_explain.data.kinds import MODEL_ERRORS, class_names, full_name
from mlflow_explain.engines.permutation.together import TOGETHER, Together
from mlflow_explain.errors import ExplainError, InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.permutation.answered import Answer, Answered

    # What scikit-learn calls a scorer: ``(estimator, rows, y) -> number``.
    Scorer: TypeAlias = Callable[..., Any]
    Answers: TypeAlias = Mapping[str, AnyArray]
    Stand: TypeAlias = Callable[[Answer], Answered]

# What scikit-learn's functions take beside true labels, where it is not the prediction.
_NEEDS: dict[str, str | tuple[str, ...]] = {
    "log_loss": "predict_proba",
    "d2_log_loss_score": "predict_proba",
    "brier_score_loss": "predict_proba",
    "d2_brier_score": "predict_proba",
    "roc_auc_score": ("predict_proba", "decision_function"),
    "average_precision_score": ("predict_proba", "decision_function"),
    "top_k_accuracy_score": ("predict_proba", "decision_function"),
    "hinge_loss": "decision_function",
}
# Those to be told the labels, as rows may lack one of the classes.
_LABELLED = frozenset({"log_loss", "d2_log_loss_score"})
# As much of what a metric says of its own error is told.
_TOLD = 200
# scikit-learn's rule for names: what is to be minimised, and what maximised.
_ERRORS = ("_error", "_loss", "_deviance")
_SCORES = ("_score", "_corrcoef")


@dataclass(frozen=True, eq=False, slots=True)
class Metric:
    """A metric that scores what a model answers.

    Parameters
    ----------
    name : str
        Name of the function or scorer.
    scorer : callable
        ``(estimator, None, y, **args) -> number``, where the estimator has its answers ready.
    is_error : bool or None
        Whether lower is better; None if that is not known.
    args : mapping
        Keyword arguments of the scorer.
    together : Together, optional
        Computes it for all repeats at once.
    is_known : bool
        It is scikit-learn's own, whose messages tell of types and labels, and of no rows.
    """

    name: str
    scorer: Scorer
    is_error: bool | None
    args: Mapping[str, Any]
    together: Together | None = None
    is_known: bool = False

    @property
    def measure(self) -> str:
        """What an importance is, in words."""
        return f"{'increase' if self.is_error else 'decrease'} of {self.name}"

    def value(self, answered: Answered, y: AnyArray) -> float:
        """Return the metric's value for true labels and a model's answers.

        Raises
        ------
        InvalidInputError
            The metric raises, or its value is no finite number.
        """
        args = dict(self.args)
        if self.name in _LABELLED and answered.labels is not None:
            args.setdefault("labels", list(answered.labels))
        try:
            value = np.asarray(self.scorer(answered, None, y, **args), dtype=np.float64)
        except ExplainError:
            # The model was asked on the way, and refused.
            raise
        except MODEL_ERRORS as error:
            raise self._refused(error, answered) from error
        return self._finite(value)

    def values(self, answers: Answers, y: AnyArray, stand: Stand) -> FloatArray:
        """Return the metric's value for each repeat, (n_repeats,).

        Parameters
        ----------
        answers : mapping of str to ndarray of shape (n_repeats, n_rows, ...)
            The model's answers.
        y : ndarray of shape (n_rows,)
            True labels.
        stand : callable
            Makes a stand-in for the model of its answers to one repeat.
        """
        if self.together is not None and self.together.takes(answers, y):
            labels = stand(answers.__getitem__).labels
            return np.array([self._finite(value) for value in self.together(answers, y, labels)])
        each = (
            dict(zip(answers, part, strict=True)) for part in zip(*answers.values(), strict=True)
        )
        return np.array([self.value(stand(part.__getitem__), y) for part in each])

    def _finite(self, value: AnyArray) -> float:
        if value.ndim or not np.isfinite(value):
            raise InvalidInputError(
                f"one finite number from the metric {self.name}",
                f"an array of shape {value.shape}" if value.ndim else "NaN or infinity",
                "Choose a metric that is defined for these rows, or pass more rows.",
            )
        return float(value)

    def _refused(self, error: BaseException, answered: Answered) -> InvalidInputError:
        if isinstance(error, AttributeError) and "predict_proba" not in answered.methods:
            return InvalidInputError(
                "a model that tells probabilities (predict_proba) or a margin "
                f"(decision_function), whichever the metric {self.name} needs",
                answered.model,
                "Choose a metric of predictions, or calibrate the model. A function has to return "
                "probabilities: none below 0, and those of a row add up to 1.",
            )
        said = f"{type(error).__name__} from it"
        if self.is_known and isinstance(error, ValueError | TypeError):
            said += f": {' '.join(str(error).split())[:_TOLD].rstrip('.')}"
        return InvalidInputError(
            f"true labels and answers that the metric {self.name} takes",
            said,
            "See its own error. `metric_args` reach a function, and only sample_weight a "
            "scorer: choose one of another name there, f1_macro for f1 say. Of labels that are "
            "words many metrics need pos_label. A function of your own is given probabilities by "
            "for_classifier_use_predict_proba=True.",
        )


def metric_of(
    metric: Any, args: Mapping[str, Any] | None, *, is_error: bool | None, chances: bool
) -> Metric:
    """Return a metric given by function, scorer or name.

    Parameters
    ----------
    metric : callable or str
        ``(y_true, y_pred, **args) -> number``; a scorer of scikit-learn; or the name of a scorer
        or of a function of `sklearn.metrics`.
    args : mapping or None
        Keyword arguments of the metric.
    is_error : bool or None
        Whether lower is better; None to find out.
    chances : bool
        Give probabilities to a function that nothing is known of.

    Raises
    ------
    InvalidInputError
        There is no such metric, or `is_error` contradicts what is known of it.
    """
    args = dict(args or {})
    function = _named(metric) if isinstance(metric, str) else metric
    if not callable(function):
        raise InvalidInputError(
            "metric to be a function of (y_true, y_pred), or the name of a scorer",
            full_name(metric),
            "Pass a function, or a name of sklearn.metrics.get_scorer_names().",
        )
    if "_BaseScorer" in class_names(function):
        # A scorer that is passed may be made of the user's own function.
        is_known = isinstance(metric, str)
        name = metric if is_known else str(function)
        made = Metric(name, function, False, args, TOGETHER.get(name), is_known)
    else:
        made = _of_function(function, args, chances=chances)
    if None not in {is_error, made.is_error} and is_error != made.is_error:
        raise InvalidInputError(
            f"is_error_metric={made.is_error} for {made.name}, whose values are better where "
            f"{'lower' if made.is_error else 'higher'}",
            f"is_error_metric={is_error}",
            "Leave is_error_metric out: for known metrics it is known.",
        )
    sense = made.is_error if is_error is None else bool(is_error)
    return replace(made, is_error=sense, together=None if args else made.together)


def sense_found(metric: Metric, y: AnyArray, order: IntArray, stand: Stand) -> Metric:
    """Return a metric whose sense is known: perfect answers against those of shuffled rows.

    Parameters
    ----------
    metric : Metric
        Returned as it is where its sense is known.
    y : ndarray of shape (n_rows,)
        True labels, which are perfect predictions.
    order : ndarray of shape (n_rows,)
        The permutation of other rows' labels.
    stand : callable
        Makes a stand-in for a model of its answers.

    Raises
    ------
    InvalidInputError
        Perfect answers score no better and no worse, or cannot be scored.
    """
    if metric.is_error is not None:
        return metric
    try:
        best = metric.value(_perfect(y, stand), y)
        worse = metric.value(_perfect(y[order], stand), y)
    except ExplainError as error:
        raise _no_sense(metric, "an error where predictions are perfect") from error
    if best == worse:
        raise _no_sense(metric, "the same value for perfect predictions and for shuffled ones")
    return replace(metric, is_error=best < worse)


def _no_sense(metric: Metric, got: str) -> InvalidInputError:
    return InvalidInputError(
        f"a metric {metric.name} that tells perfect predictions from others, or is_error_metric",
        got,
        "Pass is_error_metric=True if a lower value is better, False if a higher one is.",
    )


def _perfect(y: AnyArray, stand: Stand) -> Answered:
    """Return a stand-in that is right for all rows: labels, and high probabilities of them."""
    answers = {"predict": y}
    labels = stand(answers.__getitem__).labels
    if labels is not None:
        right = y[:, None] == np.asarray(labels)
        # Not certain: of a probability of 0 there is no logarithm.
        answers["predict_proba"] = np.where(right, 0.9, 0.1 / max(1, len(labels) - 1))
    return stand(answers.__getitem__)


def _named(name: str) -> Any:
    """Return the scorer, or else the function, of a name in scikit-learn."""
    if name in metrics.get_scorer_names():
        return metrics.get_scorer(name)
    function = getattr(metrics, name, None) if name.endswith(_ERRORS + _SCORES) else None
    if function is None:
        raise InvalidInputError(
            "metric to be the name of a scorer, such as accuracy, neg_log_loss, r2",
            repr(name),
            "See sklearn.metrics.get_scorer_names(), or pass a function of (y_true, y_pred).",
        )
    return function


def _of_function(function: Callable[..., Any], args: dict[str, Any], *, chances: bool) -> Metric:
    """Return the metric of a function; what is known of scikit-learn's own goes by their names."""
    bare = function.func if isinstance(function, partial) else function
    name = getattr(bare, "__name__", type(bare).__name__)
    if not _is_known(bare):
        needs = "predict_proba" if chances else "predict"
        called = "the metric" if name == "<lambda>" else name
        return Metric(called, _scorer(function, needs), None, args)
    is_error = name.endswith(_ERRORS)
    sense = is_error if is_error or name.endswith(_SCORES) else None
    together = TOGETHER.get(name) if bare is function else None
    if name in _NEEDS:
        scorer = _scikit_scorer(function, _NEEDS[name])
    else:
        scorer = _scorer(function, "predict")
    return Metric(name, scorer, sense, args, together, is_known=True)


def _is_known(function: Any) -> bool:
    """Whether a function is a metric of scikit-learn's."""
    return getattr(function, "__module__", "").startswith("sklearn.metrics")


def _scorer(function: Callable[..., Any], needs: str) -> Scorer:
    """Return the scorer of a function that takes what one method answers."""

    def scorer(estimator: Answered, rows: None, y: AnyArray, **args: Any) -> Any:
        # A regression has predictions only.
        method = "predict" if estimator.labels is None else needs
        return function(y, getattr(estimator, method)(rows), **args)

    return scorer


def _scikit_scorer(function: Callable[..., Any], needs: str | tuple[str, ...]) -> Scorer:
    """Return the scorer of a function that takes one column of two, as scikit-learn picks it."""

    def scorer(estimator: Answered, rows: None, y: AnyArray, **args: Any) -> Any:
        made = metrics.make_scorer(function, response_method=needs, **args)
        return made(estimator, rows, y)

    return scorer
