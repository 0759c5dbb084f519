"""`Layout`: the columns of a table of results, made of whole arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from mlflow_explain.explanation import layout
from mlflow_explain.scoring import reply
from mlflow_explain.scoring.forms import kept_and_rest
from mlflow_explain.scoring.reasons import NOT_FINITE
from mlflow_explain.scoring.tokens import fields

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow_explain._typing import AnyArray, FloatArray
    from mlflow_explain.scoring.options import ReplyOptions
    from mlflow_explain.scoring.reasons import Reasons
    from mlflow_explain.scoring.scorer import Scorer

IMPORTANCES = "local_importance_values"
ALL_IMPORTANCES = "all_local_importance_values"
ALL_OTHERS = "all_other_importance"
RESIDUAL = "additivity_residual"
STATUS = "explanation_status"
_KINDS = {"text": pa.string(), "whole": pa.int64(), "number": pa.float64()}


@dataclass(frozen=True, eq=False, slots=True)
class Layout:
    """What a table of results holds, which is known before the first row is read.

    Names and numbers are those of the served reply. What is a map there is a struct here, with a
    field for each feature, so that all values of a feature lie beside each other.

    Parameters
    ----------
    scorer : Scorer
        Knows names, labels and base values.
    options : ReplyOptions
        What is asked for.
    predicts : bool
        False for an explainer that was logged on its own.
    labelled : bool
        Whether predictions are class labels.
    several : bool
        Whether one prediction is several numbers.
    tells_probabilities : bool
        Whether the model tells probabilities.
    approximates : bool
        Whether importances lack something of the model's own output, which is told.
    """

    scorer: Scorer
    options: ReplyOptions
    predicts: bool = True
    labelled: bool = False
    several: bool = False
    tells_probabilities: bool = False
    approximates: bool = False

    @property
    def schema(self) -> pa.Schema:
        """Names and types of the columns."""
        return pa.schema({**self._answers(), **(self._reasons() if self.options.explain else {})})

    def answer_columns(
        self, predicted: AnyArray, probabilities: FloatArray | None
    ) -> dict[str, pa.Array]:
        """Return the model's own answer.

        Parameters
        ----------
        predicted : ndarray of shape (n_rows,) or (n_rows, n_outputs)
            Predictions.
        probabilities : ndarray of shape (n_rows, n_classes), optional
            Probabilities of a classifier.
        """
        if self.labelled:
            made = {"prediction": _texts(predicted)}
        elif predicted.ndim == 1:
            made = {"prediction": _numbers(np.asarray(predicted, dtype=np.float64))}
        else:
            made = {"prediction": _struct(self.scorer.output_names, predicted)}
        if self.tells_probabilities:
            kind = self._answers()["probabilities"]
            made["probabilities"] = (
                pa.nulls(len(predicted), kind)
                if probabilities is None
                else _struct(self.scorer.output_names, probabilities)
            )
        return made

    def reason_columns(
        self, reasons: Reasons, positions: AnyArray | None, own_outputs: FloatArray | None = None
    ) -> dict[str, pa.Array]:
        """Return the importances of rows.

        Parameters
        ----------
        reasons : Reasons
            Importances, raw or engineered as the options say, of the rows that are explained.
        positions : ndarray of shape (n_rows,) or None
            Position of each row's predicted class.
        own_outputs : ndarray of shape (n_explained, n_outputs), optional
            The model's own output, of which importances that approximate lack something.
        """
        scorer, n_rows = self.scorer, reasons.n_rows
        chosen = reply.chosen_outputs(scorer, self.options.output, positions, n_rows)
        made = {
            "explained_output": _words(chosen, scorer.output_names),
            "output_space": _words(np.zeros(n_rows, dtype=int), [scorer.output_space]),
            "expected_value": _numbers(self._base[chosen]),
        }
        status = np.asarray(reasons.status, dtype=object)
        if reasons.local is not None:
            parts = reply.per_output(scorer, reasons.local.values)
            values = reply.of_chosen(parts, chosen[reasons.at])
            is_finite = np.asarray(np.isfinite(values).all(axis=1))
            explained = reasons.at
            status[explained[~is_finite]] = NOT_FINITE
            if self.scorer.texts is None:
                columns = self._importances(values, is_finite, parts)
            else:
                columns = self._of_texts(reasons, chosen[explained], parts)
            if own_outputs is not None and self.approximates:
                lacking = reply.residual(scorer, reasons, chosen, own_outputs)
                columns[RESIDUAL] = _numbers(lacking)
            made |= columns if reasons.is_whole else _spread(columns, reasons)
        made[STATUS] = pa.array(status, pa.string())
        return self._nothing(n_rows) | made

    def _nothing(self, n_rows: int) -> dict[str, pa.Array]:
        return {name: pa.nulls(n_rows, kind) for name, kind in self._reasons().items()}

    @property
    def _base(self) -> FloatArray:
        classes = self.scorer.classes
        n_classes = None if classes is None else len(classes)
        return layout.base_per_class(self.scorer.engine.base_values, n_classes)

    @property
    def _features(self) -> tuple[str, ...]:
        return self.scorer.names(raw=self.options.raw)

    @property
    def _prediction_type(self) -> pa.DataType:
        if self.labelled:
            return pa.string()
        # Of several targets, and of a booster of several classes, all are told.
        return _struct_type(self.scorer.output_names) if self.several else pa.float64()

    def _answers(self) -> dict[str, pa.DataType]:
        if not self.predicts:
            return {}
        made = {"prediction": self._prediction_type}
        if self.tells_probabilities:
            made["probabilities"] = _struct_type(self.scorer.output_names)
        return made

    def _reasons(self) -> dict[str, pa.DataType]:
        importances, labels = self._importance_type, self.scorer.output_names
        made = {
            "explained_output": pa.string(),
            "output_space": pa.string(),
            "expected_value": pa.float64(),
            IMPORTANCES: importances,
        }
        if self.options.top_k or self.scorer.texts is not None:
            made["other_importance"] = pa.float64()
        if self.options.output == "all":
            made["all_expected_values"] = _struct_type(labels)
            made[ALL_IMPORTANCES] = pa.struct([(label, importances) for label in labels])
            if self.scorer.texts is not None:
                made[ALL_OTHERS] = _struct_type(labels)
        if self.approximates:
            made[RESIDUAL] = pa.float64()
        return made | {STATUS: pa.string()}

    @property
    def _importance_type(self) -> pa.DataType:
        if self.scorer.texts is None:
            return _struct_type(self._features)
        entry = fields(beside=len(self._features) > 1)
        return pa.list_(pa.struct([(name, _KINDS[kind]) for name, kind in entry.items()]))

    def _of_texts(
        self, reasons: Reasons, outputs: AnyArray, parts: Sequence[FloatArray]
    ) -> dict[str, pa.Array]:
        """Return the importances of the tokens of texts, as lists of structs."""
        labels, kind = self.scorer.output_names, self._importance_type
        form = reply.form_of(self.scorer, reasons, self.options)
        values = reply.of_chosen(parts, outputs)
        entries, rest = form.written(values, outputs)
        kept: list[Any] = [*entries]
        for i in np.flatnonzero(~np.isfinite(values).all(axis=1)).tolist():
            kept[i] = None
        made = {IMPORTANCES: pa.array(kept, kind), "other_importance": pa.array(rest, pa.float64())}
        if self.options.output == "all":
            n_rows = len(values)
            each = [form.written(part, np.full(n_rows, i)) for i, part in enumerate(parts)]
            rows = [pa.array(kept, kind) for kept, _ in each]
            rests = [pa.array(rest, pa.float64()) for _, rest in each]
            made["all_expected_values"] = _struct(labels, np.tile(self._base, (n_rows, 1)))
            made[ALL_IMPORTANCES] = pa.StructArray.from_arrays(rows, names=list(labels))
            made[ALL_OTHERS] = pa.StructArray.from_arrays(rests, names=list(labels))
        return made

    def _importances(
        self, values: FloatArray, is_finite: AnyArray, parts: Sequence[FloatArray]
    ) -> dict[str, pa.Array]:
        """Return the importances of explained rows: of each row's output, and of all if asked."""
        labels = self.scorer.output_names
        kept, rest = self._cut(values)
        made = {IMPORTANCES: _struct(self._features, kept, missing=~is_finite)}
        if self.options.top_k:
            made["other_importance"] = _numbers(rest)
        if self.options.output == "all":
            base = np.tile(self._base, (len(values), 1))
            each = [_struct(self._features, self._cut(part)[0]) for part in parts]
            made["all_expected_values"] = _struct(labels, base)
            made[ALL_IMPORTANCES] = pa.StructArray.from_arrays(each, names=list(labels))
        return made

    def _cut(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return the `top_k` largest values with NaN for the others, and the sum of these."""
        order, rest = kept_and_rest(values, self.options.top_k)
        if order is None:
            return values, rest
        kept = np.full_like(values, np.nan)
        np.put_along_axis(kept, order, np.take_along_axis(values, order, axis=1), axis=1)
        return kept, rest


def arranged(schema: pa.Schema, columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
    """Return columns by name in the order of the schema."""
    return pa.RecordBatch.from_arrays([columns[name] for name in schema.names], schema=schema)


def _spread(columns: Mapping[str, pa.Array], reasons: Reasons) -> dict[str, pa.Array]:
    """Return columns of explained rows at their places among all; the others are null."""
    places = np.zeros(reasons.n_rows, dtype=np.int64)
    lacks = np.ones(reasons.n_rows, dtype=bool)
    places[reasons.at], lacks[reasons.at] = np.arange(len(reasons.at)), False
    taken = pa.array(places, mask=lacks)
    return {name: column.take(taken) for name, column in columns.items()}


def _struct_type(names: Sequence[str]) -> pa.DataType:
    return pa.struct([(name, pa.float64()) for name in names])


def _struct(names: Sequence[str], values: FloatArray, missing: AnyArray | None = None) -> pa.Array:
    """Return a struct with a field for each column of values (n_rows, n_names)."""
    columns = np.ascontiguousarray(np.asarray(values, dtype=np.float64).T)
    if not names:
        return pa.array([{}] * len(values), pa.struct([]))
    return pa.StructArray.from_arrays(
        [_numbers(column) for column in columns],
        names=list(names),
        mask=None if missing is None or not missing.any() else pa.array(missing),
    )


def _numbers(values: FloatArray) -> pa.Array:
    """Return numbers; NaN and infinity are null, as in the reply."""
    odd = ~np.isfinite(values)
    return pa.array(values, mask=odd if odd.any() else None)


def _words(codes: AnyArray, words: Sequence[str]) -> pa.Array:
    """Return a column of few words, given by their positions."""
    indices = pa.array(codes.astype(np.int32))
    return pa.DictionaryArray.from_arrays(indices, pa.array(words, pa.string())).cast(pa.string())


def _texts(labels: AnyArray) -> pa.Array:
    """Return class labels as strings."""
    codes, known = pd.factorize(np.asarray(labels), use_na_sentinel=False)
    return _words(codes, [str(label) for label in known.tolist()])
