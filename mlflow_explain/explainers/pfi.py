"""`PFIExplainer`: how much worse a model gets where a column is shuffled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from mlflow_explain.data.arguments import seed_of, truth, whole
from mlflow_explain.data.functions import as_model, shows_in_answers
from mlflow_explain.data.predictor import Predictor, check_fitted, predictor_of
from mlflow_explain.data.table import Table, align
from mlflow_explain.engines.deep.recognition import is_network
from mlflow_explain.engines.permutation import importance
from mlflow_explain.engines.permutation.cells import cells_of
from mlflow_explain.engines.permutation.metrics import Metric, metric_of, sense_found
from mlflow_explain.engines.permutation.outcomes import in_order, matched, outcomes_of
from mlflow_explain.engines.progress import Progress
from mlflow_explain.errors import InvalidInputError, MissingPartError
from mlflow_explain.explainers.scored import Asked, Baseline, subject_asked, table_given
from mlflow_explain.explainers.subset import subset_of
from mlflow_explain.explanation import EvaluatedRows, Explanation, GlobalImportance

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray, IntArray
    from mlflow_explain.engines.permutation.cells import Cells


class PFIExplainer:
    """Explain a model as a whole by permutation feature importance.

    The importance of a column is how much worse a metric gets where the column's values are
    shuffled among the rows, in the metric's unit: higher is always more important, for errors and
    for scores. Below zero, the model did better without the column. Columns that tell the same
    are each thought unimportant, as the other one stays.

    Raw columns are shuffled, each whole, and the model is asked as it is, with its preprocessing.
    With the same seed, permutations are those of scikit-learn's `permutation_importance`.

    Parameters
    ----------
    model : object
        Any fitted model or booster, a Pipeline, a network of PyTorch or Keras, or a function of
        rows: one number per row is a regression, words are labels; one number per class are
        probabilities if they are for the first two rows (none below 0, adding up to 1), else
        margins.
    is_function : bool, default=False
        Call `model` itself, even if it has a `predict`.
    metric : callable or str, optional
        ``(y_true, y_pred, **metric_args) -> number``, a scorer, or the name of a scorer or metric
        of scikit-learn. By default accuracy for a classification, and the mean squared error for
        a regression. Metrics known to need probabilities, or a margin, are given them. Choose one
        of probabilities, ``"neg_log_loss"`` say, where classes are rare or nearly all predictions
        are right: accuracy hardly changes there.
    metric_args : mapping, optional
        Keyword arguments of the metric.
    is_error_metric : bool, optional
        Whether a lower value is better. Known of scikit-learn's metrics; of another function it
        is found out by what it gives for perfect predictions and for shuffled ones.
    explain_subset : sequence of int or str, optional
        Names of the columns to shuffle, or their positions in the rows given; all by default.
    features : sequence of str, optional
        Names of the columns; taken from a DataFrame when not given.
    classes : sequence, optional
        Names of the classes in the model's order; taken from the model when not given.
    transformations : transformer, optional
        Fitted transformations when `model` is only the estimator behind them.
    allow_all_transformations : bool, default=False
        Accepted for the original's call: shuffled columns are transformed by any transformer.
    seed : int, default=0
        Seed of the permutations, from 0 to 2**32 - 1.
    for_classifier_use_predict_proba : bool, default=False
        Give probabilities, (n_rows, n_classes), to a metric of your own; the default metric then
        is the logarithmic loss.
    show_progress : bool, default=True
        Show a progress bar, on a terminal.
    model_task : {"unknown", "classification", "regression"}, default="unknown"
        What the model predicts; ``"unknown"`` asks the model.
    n_repeats : int, default=5
        How often each column is shuffled; importances are means, with standard deviations.

    Attributes
    ----------
    features, classes : sequence or None
        As they were passed. Those taken from rows and the model are in the explanation.

    Raises
    ------
    UnfittedModelError, UnsupportedModelError, InvalidInputError
        See each error's message for what to do.

    References
    ----------
    Breiman 2001, "Random forests", https://doi.org/10.1023/A:1010933404324
    Fisher, Rudin and Dominici 2019, "All models are wrong, but many are useful",
    https://doi.org/10.48550/arXiv.1801.01489

    Examples
    --------
    >>> import numpy as np
    >>> from mlflow_explain import PFIExplainer
    >>> rows = np.array([[0.0, 5.0], [1.0, 6.0], [2.0, 7.0], [3.0, 8.0]])
    >>> explainer = PFIExplainer(lambda x: x[:, 0], features=["used", "not used"])
    >>> explanation = explainer.explain_global(rows, true_labels=rows[:, 0])
    >>> explanation.get_feature_importance_dict()
    {'used': 2.0, 'not used': 0.0}
    >>> explanation.global_.measure
    'increase of mean_squared_error'
    """

    def __init__(
        self,
        model: Any,
        is_function: bool = False,
        metric: Any = None,
        metric_args: Mapping[str, Any] | None = None,
        is_error_metric: bool | None = None,
        explain_subset: Sequence[int | str] | None = None,
        features: Sequence[str] | None = None,
        classes: Sequence[Any] | None = None,
        transformations: Any = None,
        allow_all_transformations: bool = False,
        seed: int = 0,
        for_classifier_use_predict_proba: bool = False,
        show_progress: bool = True,
        model_task: str = "unknown",
        n_repeats: int = 5,
    ) -> None:
        # Any transformer takes shuffled columns: none has to be traced.
        truth("allow_all_transformations", allow_all_transformations)
        self.model, self.is_function = model, _truth_not_rows(is_function)
        self.classes, self.model_task = classes, model_task
        self.transformations = transformations
        self.features, self.explain_subset = features, explain_subset
        self.for_classifier_use_predict_proba = truth(
            "for_classifier_use_predict_proba", for_classifier_use_predict_proba
        )
        self.show_progress = truth("show_progress", show_progress)
        self.seed = seed_of(seed)
        self.n_repeats = whole("n_repeats", n_repeats, 1)
        is_error = None if is_error_metric is None else truth("is_error_metric", is_error_metric)
        self.metric = None if metric is None else metric_of(
            metric, metric_args, is_error=is_error, chances=self.for_classifier_use_predict_proba
        )  # fmt: skip
        if not (is_network(model) or shows_in_answers(model, is_function=self.is_function)):
            predictor_of(
                as_model(model, None, is_function=False, model_task=""), classes, model_task
            )
        check_fitted(transformations)

    @property
    def method(self) -> str:
        """Name of the method, kept in the explanation."""
        return "pfi"

    def __repr__(self) -> str:
        """Say what is explained, and how, in one line."""
        name = type(self.model).__name__
        return f"<{type(self).__name__} of {name}: {self.method}, {self.n_repeats} repeats>"

    def explain_global(self, evaluation_examples: Any, true_labels: Any) -> Explanation:
        """Return the importance of each column over all rows.

        Parameters
        ----------
        evaluation_examples : DataFrame, array or csr_matrix of shape (n_rows, n_columns)
            Rows to shuffle, usually the test rows. Columns of a DataFrame are matched by name.
        true_labels : sequence of n_rows
            Observed outcomes: labels as the model predicts them, their texts, or names of
            `classes`; numbers for a regression. A Series beside a DataFrame is put in its order
            by their indices; anything else is taken by position.

        Returns
        -------
        Explanation
            With global values only, and their standard deviations over the repeats.
            ``quality["baseline_score"]`` is the metric where nothing is shuffled; what it is
            called stands in ``global_.measure``.

        Raises
        ------
        LengthMismatchError
            There is not one true label per row.
        InvalidInputError
            Rows, labels or the metric cannot be used together; the message says why.
        """
        given = table_given(evaluation_examples, self.features)
        y = outcomes_of(in_order(true_labels, evaluation_examples), len(given))
        subject = subject_asked(
            self.model,
            given,
            y,
            is_function=self.is_function,
            classes=self.classes,
            model_task=self.model_task,
            transformations=self.transformations,
        )
        table = align(given.data, subject.template)
        columns = subset_of(self.explain_subset, given.columns, table.columns)
        chosen = list(range(len(table.columns))) if columns is None else columns
        return self._explained(Asked.of(subject), table, matched(y, subject.whole), chosen)

    def _explained(
        self, asked: Asked, table: Table, y: AnyArray, columns: list[int]
    ) -> Explanation:
        cells = cells_of(table.data)
        baseline = Baseline(asked, table.data, importance.rows_at_a_time(cells))
        predictor = asked.predictor
        metric = self._metric_for(predictor)
        score = metric.value(asked.stand(baseline.answer), y)
        order = importance.permutations(len(table), self.n_repeats, self.seed)
        metric = sense_found(metric, y, order[0], asked.stand)
        # What the metric looked at is all that shuffled rows are asked for.
        used = dict(baseline.found)
        differences = self._differences(asked, cells, columns, order, used, metric, y)
        values = differences.mean(axis=1)
        return Explanation(
            features=[table.columns[j] for j in columns],
            method=self.method,
            model_task=predictor.task,
            model_type=asked.model_type,
            output_space=None,
            feature_perturbation=None,
            global_=GlobalImportance(
                values, values[:, None], differences.std(axis=1), metric.measure
            ),
            classes=predictor.classes,
            rows=EvaluatedRows(
                table.data, table.ids, baseline.answer("predict"), baseline.probabilities(), y
            ),
            quality={"baseline_score": score, "n_repeats": float(self.n_repeats)},
        )

    def _differences(
        self,
        asked: Asked,
        cells: Cells,
        columns: list[int],
        order: IntArray,
        baseline: Mapping[str, AnyArray],
        metric: Metric,
        y: AnyArray,
    ) -> FloatArray:
        """Return how much worse the metric is for each column and repeat."""

        def score(answers: Mapping[str, AnyArray]) -> FloatArray:
            return metric.values(answers, y, asked.stand)

        ask = asked.asking(tuple(baseline))
        unshuffled = score({name: answer[None] for name, answer in baseline.items()})
        scores: list[FloatArray] = []
        with Progress(
            len(columns),
            show=self.show_progress,
            unit="column",
            advice="pass PFIExplainer a smaller n_repeats or explain_subset",
        ) as progress:
            for each in importance.permuted_scores(cells, columns, order, ask, baseline, score):
                scores.extend(each)
                progress.update(len(each))
        shuffled = np.array(scores)
        return shuffled - unshuffled if metric.is_error else unshuffled - shuffled

    def explain_local(self, evaluation_examples: Any) -> NoReturn:
        """Raise `MissingPartError`: shuffling tells nothing of a single row."""
        del evaluation_examples
        raise _global_only("explanations of single rows")

    def create_scoring_explainer(self, examples: Any = None) -> NoReturn:
        """Raise `MissingPartError`: there is nothing to explain a served row by."""
        del examples
        raise _global_only("a scoring explainer, which explains single rows")

    def _metric_for(self, predictor: Predictor) -> Metric:
        """Return the metric, or the default one of the model's task."""
        if self.metric is not None:
            return self.metric
        name = "mean_squared_error"
        if predictor.task == "classification":
            name = "log_loss" if self.for_classifier_use_predict_proba else "accuracy"
        return metric_of(name, None, is_error=None, chances=False)


def _truth_not_rows(is_function: Any) -> bool:
    """Return the second argument, in whose place other explainers take rows."""
    try:
        return truth("is_function", is_function)
    except InvalidInputError as error:
        raise InvalidInputError(
            error.expected,
            error.got,
            "Pass one of them; rows go to explain_global, with their true labels.",
        ) from None


def _global_only(wanted: str) -> MissingPartError:
    return MissingPartError(
        f"an explainer that makes {wanted}",
        "PFIExplainer, which is global only: it scores all rows together",
        "Use TabularExplainer, TreeExplainer, LinearExplainer or KernelExplainer for single rows.",
    )
