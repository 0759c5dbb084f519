"""`LIMEExplainer`: a linear model of the model around each row."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial
from numbers import Real
from typing import TYPE_CHECKING, Any, cast

from mlflow_explain.data.arguments import shown, truth, whole, whole_or_none
from mlflow_explain.data.table import Table, align
from mlflow_explain.data.texts.models import opened, takes_texts
from mlflow_explain.data.texts.reading import are_texts
from mlflow_explain.engines import registry
from mlflow_explain.engines.base import Options, Refusal
from mlflow_explain.engines.choice import Choice
from mlflow_explain.engines.lime import making as lime
from mlflow_explain.engines.lime.limits import LEAST_SAMPLES
from mlflow_explain.engines.text import lime as text_lime
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

    A model of texts is explained in words, as `TextExplainer` does with ``method="lime"``: samples
    are the document without some of its words.

    Parameters
    ----------
    model : object
        Anything with `predict_proba`, `decision_function` or `predict`, or a function of rows.
    initialization_examples : DataFrame, array or csr_matrix of shape (n_rows, n_columns)
        Rows from which samples are drawn: all of them. At most 100, drawn with a fixed seed, are
        the background, whose mean output is the base value. A list of texts, or a Series of them,
        for a model of texts.
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
        Samples of each local model; at least two per feature, and two. Of a text at least two;
        long texts have fewer (100 million characters in all, but 200 samples), and all subsets are
        taken of a text of few words.
    kernel_width : float, optional
        Distance at which a sample's weight has fallen to ``exp(-1/2)``, in features that differ, or
        in standard deviations, by their Euclidean norm; by default three quarters of the square
        root of the number of features. Of texts a hundred times the cosine distance between the
        words kept and all words, 25 by default.
    seed : int, default=0
        Seed of the samples, which are the same for all rows.
    text_column : str, optional
        Column of the texts: rows of a DataFrame are then explained as texts, with the columns
        beside them. `explain_subset`, `nclusters`, `features`, `categorical_features`,
        `transformations`, `allow_all_transformations` and `discretize_continuous` are for tables
        only.

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

    >>> texts = ["a good phone", "bad, bad battery", "good value"]
    >>> explainer = LIMEExplainer(lambda texts: [text.count("bad") for text in texts], texts)
    >>> explainer.explain_local("a bad phone").get_ranked_local_names(top_k=1)
    [['bad']]
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
        text_column: str | None = None,
    ) -> None:
        of_texts = (
            text_column is not None
            or are_texts(initialization_examples)
            or takes_texts(opened(model))
        )
        if of_texts:
            _refuse_for_texts(
                explain_subset=explain_subset,
                nclusters=nclusters,
                features=features,
                categorical_features=tuple(categorical_features) or None,
                transformations=transformations,
                allow_all_transformations=allow_all_transformations or None,
                discretize_continuous=None if discretize_continuous else discretize_continuous,
            )
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
            options=Options(
                n_coalitions=settings.n_samples if of_texts else None,
                seed=seed,
                show_progress=show_progress,
            ),
            explain_subset=explain_subset,
            features=features,
            classes=classes,
            transformations=transformations,
            allow_all_transformations=allow_all_transformations,
            model_task=model_task,
            is_function=is_function,
            n_clusters=whole_or_none("nclusters", nclusters, 1),
            choose=(
                partial(_chosen_of_texts, settings)
                if of_texts
                else partial(_chosen, settings, categorical_features)
            ),
            of_texts=of_texts,
            text_column=text_column,
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

        Raises
        ------
        InvalidInputError
            They are texts, each of which has words of its own.
        """
        if self._prepared.texts is not None:
            raise InvalidInputError(
                "local models of rows of a table",
                "those of texts, whose words differ",
                "Call `explain_local`: the importance of a word is its coefficient.",
            )
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


def _chosen_of_texts(
    settings: lime.Settings, subject: Subject, _: Table, request: Request
) -> tuple[Subject, Choice]:
    """Return the engine of texts."""
    assert request.text_column is not None  # noqa: S101 - `prepared` has found it
    made = text_lime.made(
        subject.whole,
        subject.template,
        request.text_column,
        request.options,
        kernel_width=settings.kernel_width,
        verbose=settings.verbose,
    )
    if isinstance(made, Refusal):
        raise registry.refused(subject.whole, [made])
    return subject, Choice(made, text_lime.ROW, ())


def _refuse_for_texts(**options: Any) -> None:
    """Refuse options that say nothing of texts; None are those left out."""
    given = [name for name, value in options.items() if value is not None]
    if given:
        raise InvalidInputError(
            "of a model of texts no options of tables", ", ".join(given), "Leave them out."
        )


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
