"""`ExplanationAdapter`: an `Explanation` of importances that were computed elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pandas as pd

from mlflow_explain._typing import FeaturePerturbation, OutputSpace
from mlflow_explain.data.arguments import one_of, truth
from mlflow_explain.data.table import Table, table_of
from mlflow_explain.engines import from_interpret, from_shap
from mlflow_explain.engines.given import Given, Known, by_name, is_vector, of_arrays
from mlflow_explain.errors import InvalidInputError, LengthMismatchError
from mlflow_explain.explainers.collect import BATCH_ROWS, Part, rows_at_a_time
from mlflow_explain.explanation import (
    EvaluatedRows,
    Explanation,
    GlobalImportance,
    LocalImportance,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mlflow_explain._typing import AnyArray, FloatArray

_NOT_FINITE = "non_finite_values"


class ExplanationAdapter:
    """Make an `Explanation` of importances another library computed.

    It is ranked, drawn, kept and logged like any other. Importances that are NaN or infinite stay
    so, and so does the global importance of their column: NaN is ranked last.
    ``quality["non_finite_values"]`` counts them.

    Parameters
    ----------
    features : sequence of str, optional
        Names of the columns; by default those the importances or the rows come with.
    classification : bool, default=False
        Importances given as arrays are of a classifier. `classes`, and an explanation of interpret,
        tell without it.
    method : str, default="adapter"
        What computed them.
    classes : sequence, optional
        Class labels in the order of the outputs; by default those the importances come with, else
        numbers from 0.
    output_space : {"log-odds", "probability", "margin", "raw"}, optional
        Unit of the importances. By default "margin" for a classifier and "raw" for a regression,
        unless the importances tell.
    model_type : str, default="Model"
        Class of the model that was explained.
    feature_perturbation : {"tree_path_dependent", "interventional"}, optional
        What stood for absent features, if that is known.

    Examples
    --------
    >>> import numpy as np
    >>> from mlflow_explain import ExplanationAdapter
    >>> adapter = ExplanationAdapter(["age", "income"], classification=True)
    >>> explanation = adapter.create_local(np.array([[0.5, -2.0]]), expected_values=0.25)
    >>> explanation.local_importance_values.tolist()
    [[[-0.5, 2.0]], [[0.5, -2.0]]]
    >>> explanation.get_ranked_global_names()
    ['income', 'age']
    """

    def __init__(
        self,
        features: Sequence[str] | None = None,
        classification: bool = False,
        method: str = "adapter",
        *,
        classes: Sequence[Any] | None = None,
        output_space: OutputSpace | None = None,
        model_type: str = "Model",
        feature_perturbation: FeaturePerturbation | None = None,
    ) -> None:
        if output_space is not None:
            one_of("output_space", output_space, get_args(OutputSpace))
        if feature_perturbation is not None:
            one_of("feature_perturbation", feature_perturbation, get_args(FeaturePerturbation))
        self.features = None if features is None else [str(name) for name in features]
        self.classification = truth("classification", classification) or classes is not None
        self.method = method
        self.classes = None if classes is None else list(classes)
        self.output_space = output_space
        self.model_type = model_type
        self.feature_perturbation = feature_perturbation

    def create_local(
        self,
        local_importance_values: Any,
        evaluation_examples: Any = None,
        expected_values: Any = None,
        *,
        predictions: Any = None,
        probabilities: Any = None,
    ) -> Explanation:
        """Return an explanation of single rows.

        Parameters
        ----------
        local_importance_values : array, csr_matrix, list of them, or an explanation
            Of a regression: (n_rows, n_features); of several targets as of several classes. Of a
            classifier: a list with one (n_rows, n_features) array or csr matrix per class;
            (n_classes, n_rows, n_features); (n_rows, n_features, n_classes); or the importances of
            the second of two classes alone, (n_rows, n_features). One row may lack its axis. Sizes
            tell which axis is which: those of `evaluation_examples`, features and classes.

            A ``shap.Explanation``; a local explanation of interpret, whose terms of two columns are
            shared equally between them; or a fitted explainable boosting machine, which explains
            `evaluation_examples`.
        evaluation_examples : DataFrame, array or csr_matrix of shape (n_rows, n_features), optional
            The rows, by default those the importances come with.
        expected_values : float or array, optional
            Base values: one, or one per class. NaN in the result if nobody tells them.
        predictions : array of shape (n_rows,), optional
            The model's own predictions of the rows: labels, or numbers of a regression.
        probabilities : array of shape (n_rows, n_classes), optional
            The model's own probabilities.

        Returns
        -------
        Explanation
            In the columns of the importances; its global importance is the mean of their absolute
            values.

        Raises
        ------
        InvalidInputError
            Shapes do not fit each other, leave open which axis is which, or base values differ
            between rows.
        """
        given = self._read(local_importance_values, evaluation_examples, expected_values)
        return self._made(given, evaluation_examples, (predictions, probabilities))

    def create_global(
        self,
        local_importance_values: Any,
        evaluation_examples: Any = None,
        expected_values: Any = None,
        include_local: bool = True,
        batch_size: int = BATCH_ROWS,
        *,
        predictions: Any = None,
        probabilities: Any = None,
    ) -> Explanation:
        """Return an explanation of all rows together.

        Parameters
        ----------
        local_importance_values, evaluation_examples, expected_values, predictions, probabilities
            As of `create_local`; or importances of all rows together, (n_features,), such as a
            model's own ``feature_importances_``, which have no base value. They are ranked as
            they are, the largest first.
        include_local : bool, default=True
            Keep each row's importances. Without them csr matrices are never made dense as a whole.
        batch_size : int, default=10000
            Rows summed at a time, without `include_local`.

        Returns
        -------
        Explanation
        """
        if is_vector(local_importance_values):
            if expected_values is not None:
                raise InvalidInputError(
                    "no expected_values beside one importance per feature",
                    "some",
                    "Leave them out, or pass the importances of single rows, (n_rows, n_features).",
                )
            answers = (predictions, probabilities)
            return self._of_all_rows(local_importance_values, evaluation_examples, answers)
        given = self._read(local_importance_values, evaluation_examples, expected_values)
        return self._made(
            given, evaluation_examples, (predictions, probabilities), include_local, batch_size
        )

    def _of_all_rows(self, importances: Any, rows: Any, answers: tuple[Any, Any]) -> Explanation:
        """Return an explanation of one importance per feature."""
        table = None if rows is None else table_of(rows, self.features)
        # A Series has names, and need not be in the order of the columns.
        one = importances.to_frame().T if isinstance(importances, pd.Series) else importances
        columns = self.features if table is None else list(table.columns)
        values, names = by_name(one, columns)
        given = of_arrays(values, None, Known())
        names = columns or names or _numbered(given.n_features)
        _check_sizes(given, names, None)
        values = given.values(slice(None))[0]
        classes = self._classes_of(given)
        not_finite = int((~np.isfinite(values)).sum())
        return Explanation(
            features=names,
            method=self.method,
            model_task="regression" if classes is None else "classification",
            model_type=self.model_type,
            output_space=self.output_space,
            feature_perturbation=self.feature_perturbation,
            global_=GlobalImportance(values[:, 0], values, measure="importance"),
            classes=classes,
            rows=_evaluated(table, given, classes, *answers),
            quality={_NOT_FINITE: float(not_finite)} if not_finite else {},
        )

    def _made(
        self,
        given: Given,
        evaluation_examples: Any,
        answers: tuple[Any, Any],
        include_local: bool = True,
        batch_size: int = BATCH_ROWS,
    ) -> Explanation:
        """Return an explanation of attributions, with the model's predictions and probabilities."""
        rows = given.data if evaluation_examples is None else evaluation_examples
        names = self.features or given.features
        table = None if rows is None else table_of(rows, names)
        _check_sizes(given, names, table)
        classes = self._classes_of(given)
        space = self.output_space or given.output_space or ("raw" if classes is None else "margin")
        part, quality = _summed(given, classes, space, include_local, batch_size)
        return Explanation(
            features=names or (table and table.columns) or _numbered(given.n_features),
            method=self.method,
            model_task="regression" if classes is None else "classification",
            model_type=given.model_type or self.model_type,
            output_space=space,
            feature_perturbation=self.feature_perturbation,
            global_=part.global_(),
            local=part.local(),
            classes=classes,
            rows=_evaluated(table, given, classes, *answers),
            quality=quality,
        )

    def _read(self, values: Any, rows: Any, expected_values: Any) -> Given:
        """Return importances of any form in this package's axes."""
        if from_shap.is_explanation(values):
            return from_shap.read(values, expected_values)
        if from_interpret.is_explanation(values):
            return from_interpret.read(values, expected_values, self.features)
        if from_interpret.is_model(values):
            if rows is None:
                raise InvalidInputError(
                    "evaluation_examples beside a model", "none", "Pass the rows to explain."
                )
            return from_interpret.read_model(values, table_of(rows).data)
        table = None if rows is None else table_of(rows, self.features)
        columns = self.features if table is None else table.columns
        known = Known(
            n_rows=None if table is None else len(table),
            n_features=None if columns is None else len(columns),
            n_classes=None if self.classes is None else len(self.classes),
        )
        values, names = by_name(values, columns)
        given = of_arrays(values, expected_values, known)
        return given if names is None else replace(given, features=names)

    def _classes_of(self, given: Given) -> list[Any] | None:
        """Return the class labels, or None for a regression."""
        told = given.is_classification
        if not (self.classification if told is None else told):
            return None
        known = self.classes or given.classes
        return list(range(max(2, len(given.outputs)))) if known is None else list(known)


def _summed(
    given: Given,
    classes: list[Any] | None,
    space: OutputSpace,
    include_local: bool,
    batch_size: int,
) -> tuple[Part, dict[str, float]]:
    """Return the importances, kept or summed in batches, and figures about them."""
    step = rows_at_a_time(
        given.n_rows,
        8 * given.n_features * len(given.outputs),
        include_local=include_local,
        batch_size=batch_size,
    )
    # What is kept may be one output inside, which all rows together tell.
    step = max(given.n_rows, 1) if include_local else step
    part, not_finite = Part(include_local), 0
    for start in range(0, max(given.n_rows, 1), step):
        values = given.values(slice(start, start + step))
        not_finite += int((~np.isfinite(values)).sum())
        local = _of_classes(values, given.base_values, classes, space)
        part.add(_without_mirror(local, space) if include_local and classes else local)
    return part, {_NOT_FINITE: float(not_finite)} if not_finite else {}


def _of_classes(
    values: FloatArray, base: FloatArray, classes: list[Any] | None, space: OutputSpace
) -> LocalImportance:
    """Return attributions; probabilities of two classes have an output each."""
    alone = values.shape[2] == 1 and classes is not None and len(classes) == 2
    if alone and space == "probability":
        values = np.concatenate([-values, values], axis=2)
        base = np.concatenate([1 - base, base])
    return LocalImportance(values, base)


def _without_mirror(local: LocalImportance, space: OutputSpace) -> LocalImportance:
    """Return a binary margin as one output, which it is inside."""
    values, base = local.values, local.base_values
    if local.n_outputs != 2 or space == "probability":
        return local
    same = np.array_equal(-values[:, :, 0], values[:, :, 1], equal_nan=True)
    if not (same and np.array_equal(-base[:1], base[1:], equal_nan=True)):
        return local
    return LocalImportance(values[:, :, 1:], base[1:])


def _check_sizes(given: Given, names: Sequence[str] | None, table: Table | None) -> None:
    """Refuse importances that are not of these columns and rows."""
    n_names = len(names or (table and table.columns) or range(given.n_features))
    if n_names != given.n_features:
        raise InvalidInputError(
            f"importances of {n_names} features",
            f"shape ({given.n_rows}, {given.n_features})",
            "Give one name per column of the importances, in their order.",
        )
    if table is not None and len(table) != given.n_rows:
        raise LengthMismatchError(
            f"evaluation_examples of {given.n_rows} rows, as the importances have",
            f"{len(table)}",
            "Pass the rows that were explained, all of them and in order.",
        )


def _evaluated(
    table: Table | None,
    given: Given,
    classes: Sequence[Any] | None,
    predictions: Any,
    probabilities: Any,
) -> EvaluatedRows | None:
    """Return the rows and what the model predicted of them."""
    if table is None:
        if predictions is not None or probabilities is not None:
            raise InvalidInputError(
                "evaluation_examples beside predictions", "none", "Pass the rows, too."
            )
        return None
    chances = _array(probabilities, given.probabilities)
    n_classes = 0 if classes is None else len(classes)
    if chances is not None and chances.shape[1:] != (n_classes,):
        raise InvalidInputError(
            f"probabilities of shape (n_rows, {n_classes}), one per class",
            f"shape {chances.shape}",
            "Pass what `predict_proba` answers, or leave them out.",
        )
    return EvaluatedRows(
        table.data,
        table.ids,
        predicted=_array(predictions, given.predicted),
        probabilities=chances,
    )


def _array(passed: Any, otherwise: AnyArray | None) -> AnyArray | None:
    return otherwise if passed is None else np.asarray(passed)


def _numbered(n_features: int) -> list[str]:
    return [str(i) for i in range(n_features)]
