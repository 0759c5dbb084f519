"""`LIMEExplainer`: a linear model of the model around each row."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from numbers import Real
from typing import TYPE_CHECKING, Any, cast

from mlflow_explain.data.arguments import shown, truth, whole, whole_or_none
from mlflow_explain.data.table import Table, align
from mlflow_explain.engines import registry
from mlflow_explain.engines.base import Options, Refusal
from mlflow_explain.engines.choice import Choice
from mlflow_explain.engines.lime import making as lime
from mlflow_explain.engines.lime.limits import LEAST_SAMPLES
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explainers.base import Explainer
from mlflow_explain.explainers.prepare import Request
from mlflow_explain.explainers.subset import categorical_of

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
        Names of the columns to keep in the result, or positions among those of the examples.
    nclusters : int, optional
        Background rows to keep, each the nearest to the centre of a cluster; by default all of the
        sample are kept. Samples, and the quartiles and deviations, are of all examples in any
        case.
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
        Samples of each local model; at least two per feature, and two.
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
    InvalidInputError
        An option is not known or out of bounds: `nsamples` below two per feature and two, say.
    UnfittedModelError, UnsupportedModelError
        The model was never fitted, or has so many features and samples that memory does not hold
        the fit of one row.

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

    def __init__(
        self,
        model: Any,
        initialization_examples: Any,
        is_function: bool = False,
        explain_subset: Sequence[int | str] | None = None,
        nclusters: int | None = None,
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
        settings = lime.Settings(
            n_samples=whole("nsamples", nsamples, 2),
            discretize=truth("discretize_continuous", discretize_continuous),
            kernel_width=_width(kernel_width),
            seed=seed,
            show_progress=show_progress,
            verbose=truth("verbose", verbose),
        )
        request = Request(
            exact=(),
            options=Options(seed=seed, show_progress=show_progress),
            explain_subset=explain_subset,
            features=features,
            classes=classes,
            transformations=transformations,
            allow_all_transformations=allow_all_transformations,
            model_task=model_task,
            is_function=is_function,
            n_clusters=whole_or_none("nclusters", nclusters, 1),
            choose=partial(_chosen, settings, categorical_features),
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
    categorical: Sequence[int | str],
    subject: Subject,
    examples: Table,
    _: Request,
) -> tuple[Subject, Choice]:
    """Return the engine with samples of all examples."""
    subject = subject.untouched()
    _check_samples(settings.n_samples, len(subject.engineered.columns))
    rows = subject.transform(align(examples.data, subject.template).data)
    made = lime.made(
        subject.estimator,
        Table(rows, subject.engineered.columns),
        subject.engineered,
        replace(settings, categorical=categorical_of(categorical, examples, subject)),
    )
    if isinstance(made, Refusal):
        raise registry.refused(subject.estimator, [made])
    return subject, Choice(made, lime.ROW, ())


def _check_samples(n_samples: int, n_features: int) -> None:
    """Refuse too few samples to fit a linear model of so many features to."""
    least = LEAST_SAMPLES * (n_features + 1)
    if n_samples < least:
        raise InvalidInputError(
            f"nsamples of at least {least}, for {n_features} features",
            f"{n_samples}",
            "Raise it, or leave it out.",
        )


def _width(given: Any) -> float | None:
    if given is None:
        return None
    is_number = isinstance(given, Real) and not isinstance(given, bool)
    if not (is_number and 0 < float(given) < math.inf):
        raise InvalidInputError(
            "kernel_width to be a number above 0", shown(given), "Leave it out, or raise it."
        )
    return float(given)
