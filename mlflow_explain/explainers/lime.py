"""`LIMEExplainer`: a linear model of the model around each row."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from mlflow_explain.data.table import Table, align
from mlflow_explain.engines import registry
from mlflow_explain.engines.base import Refusal
from mlflow_explain.engines.choice import Choice
from mlflow_explain.engines.lime import making as lime
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explainers.base import Explainer
from mlflow_explain.explainers.prepare import Request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain.engines.lime.engine import LimeEngine
    from mlflow_explain.engines.lime.regression import LocalModels
    from mlflow_explain.explainers.subject import Subject


class LIMEExplainer(Explainer):
    """Explain any model or function by a linear model of its answers around each row.

    Cells of the initialization examples are put together to samples, the model answers for them,
    and a linear model is fitted to the answers, in which samples weigh the more, the more they
    have in common with the row. A Pipeline is asked as a whole, in raw columns.

    The values are approximate: base value plus importances is what the linear models say, and
    ``quality["additivity_error_max"]`` is how far that is from the model's own output.
    `local_models` has the coefficients themselves, and how well each linear model fits.

    Parameters
    ----------
    model : object
        Anything with `predict_proba`, `decision_function` or `predict`, or a function of rows.
    initialization_examples : DataFrame, array or csr_matrix of shape (n_rows, n_columns)
        Rows from which samples are drawn: all of them. At most 100, drawn with a fixed seed, are
        the background, whose mean output is the base value.
    is_function : bool, default=False
        Call `model` itself, even if it has a `predict`.
    explain_subset : sequence of int or str, optional
        Positions or names of the features to keep in the result.
    nclusters : int, default=10
        Accepted for the original SDK's call, and not used: it summarised the examples before it
        took quartiles, frequencies and deviations; these are taken of all of them.
    features, classes
        As of `TabularExplainer`.
    verbose : bool, default=False
        Log how well the local models fit, at level INFO.
    categorical_features : sequence of int or str, default=()
        Positions or names of columns whose numbers are codes. Columns of words, truth values,
        categories and dates are categorical anyway.
    show_progress : bool, default=True
        Show a progress bar, on a terminal.
    transformations, allow_all_transformations
        As of `TabularExplainer`; the model is then asked in engineered features, and their values
        are summed back.
    model_task : {"unknown", "classification", "regression"}, default="unknown"
        As of `KernelExplainer`.
    discretize_continuous : bool, default=True
        Put numbers into four groups between the quartiles, and missing ones into a fifth: a
        sample's number is one of the examples', and what counts is whether it is of the row's
        group. The model is then asked when the explainer is made, and for no row. Otherwise
        samples lie around the row's number, with the column's standard deviation (whole
        numbers stay whole), and the model is asked for `nsamples` of them per row.
    nsamples : int, default=5000
        Samples of each local model; at least two per feature.
    kernel_width : float, optional
        Distance at which a sample's weight has fallen to ``exp(-1/2)``, in features that differ, or
        in standard deviations, by their Euclidean norm; by default three quarters of the square
        root of the number of features.
    seed : int, default=0
        Seed of the samples, which are the same for all rows.

    Notes
    -----
    A local importance is ``coefficient * (interpretable feature of the row - its mean over the
    background)``: what the local model gives the row's cell more than it gives the background's on
    average. A coefficient alone compares the row's group with all other cells, and has no base
    value. Standard errors say what another draw of samples would change.

    Raises
    ------
    UnsupportedModelError
        There are too few samples for so many features, or too many to hold in memory.

    References
    ----------
    Ribeiro, Singh and Guestrin 2016, "Why should I trust you? Explaining the predictions of any
    classifier", https://doi.org/10.1145/2939672.2939778

    Examples
    --------
    >>> import numpy as np
    >>> from mlflow_explain.explainers.lime import LIMEExplainer
    >>> rows = np.random.default_rng(0).normal(size=(200, 3))
    >>> explainer = LIMEExplainer(lambda x: 10.0 * (x[:, 1] > 1) + x[:, 0], rows)
    >>> explainer.explain_local([0.0, 2.0, 0.0]).get_ranked_local_names(top_k=1)
    [['1']]
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the original's, and lime's own
        self,
        model: Any,
        initialization_examples: Any,
        is_function: bool = False,
        explain_subset: Sequence[int | str] | None = None,
        nclusters: int = 10,
        features: Sequence[str] | None = None,
        classes: Sequence[Any] | None = None,
        verbose: bool = False,
        categorical_features: Sequence[int | str] = (),
        show_progress: bool = True,
        transformations: Any = None,
        allow_all_transformations: bool = False,
        model_task: str = "unknown",
        discretize_continuous: bool = True,
        nsamples: int = 5000,
        kernel_width: float | None = None,
        seed: int = 0,
    ) -> None:
        del nclusters
        settings = lime.Settings(
            n_samples=_whole("nsamples", nsamples, least=2),
            discretize=discretize_continuous,
            kernel_width=_width(kernel_width),
            seed=_whole("seed", seed, least=0),
            show_progress=show_progress,
            verbose=verbose,
        )
        request = Request(
            exact=(),
            explain_subset=explain_subset,
            features=features,
            classes=classes,
            transformations=transformations,
            allow_all_transformations=allow_all_transformations,
            model_task=model_task,
            is_function=is_function,
            choose=partial(_chosen, settings, tuple(categorical_features)),
        )
        super().__init__(model, initialization_examples, request)

    def local_models(self, evaluation_examples: Any) -> LocalModels:
        """Return the linear models themselves: coefficients, intercepts and local fidelity.

        Parameters
        ----------
        evaluation_examples : DataFrame, Series, array or csr_matrix
            One row (one-dimensional) or many.

        Returns
        -------
        LocalModels
            Of the columns the model is asked in: engineered features with `transformations`.
        """
        rows = align(evaluation_examples, self.subject.template).data
        engine = cast("LimeEngine", self.choice.engine)
        return engine.local_models(self.subject.transform(rows))


def _chosen(
    settings: lime.Settings,
    categorical: tuple[int | str, ...],
    subject: Subject,
    examples: Table,
    _: Request,
) -> tuple[Subject, Choice]:
    """Return the engine with samples of all examples."""
    subject = subject.untouched()
    named = _named(categorical, examples.columns)
    columns = _made_from(
        [i for i, name in enumerate(subject.template.columns) if name in named], subject
    )
    rows = subject.transform(align(examples.data, subject.template).data)
    made = lime.made(
        subject.estimator,
        Table(rows, subject.engineered.columns),
        subject.engineered,
        replace(settings, categorical=columns),
    )
    if isinstance(made, Refusal):
        raise registry.refused(subject.estimator, [made])
    return subject, Choice(made, lime.ROW, ())


def _named(given: tuple[int | str, ...], features: tuple[str, ...]) -> frozenset[str]:
    """Return the names of columns given by name, or by position among the examples' columns."""
    known = dict(enumerate(features)) | {name: name for name in features}
    unknown = [str(item) for item in given if item not in known]
    if unknown:
        raise InvalidInputError(
            f"categorical_features among {', '.join(features)}",
            ", ".join(unknown),
            "Name or number columns of the initialization examples.",
        )
    return frozenset(known[item] for item in given)


def _made_from(raw: list[int], subject: Subject) -> frozenset[int]:
    """Return the positions, among the columns the model is asked in, of what raw columns became."""
    fold = subject.feature_map
    if fold is None:
        return frozenset(raw)
    return frozenset(fold.engineered[np.isin(fold.raw, raw)].tolist())


def _whole(name: str, given: Any, least: int) -> int:
    """Return an option that is a whole number."""
    if not isinstance(given, Integral) or given < least:
        raise InvalidInputError(
            f"{name} to be a whole number of at least {least}", repr(given), "Raise it."
        )
    return int(given)


def _width(given: Any) -> float | None:
    if given is None:
        return None
    if not isinstance(given, Real) or not 0 < float(given) < math.inf:
        raise InvalidInputError(
            "kernel_width to be a number above 0", repr(given), "Leave it out, or raise it."
        )
    return float(given)
