"""Explains any model by linear models of its answers around each row: LIME.

Ribeiro, Singh and Guestrin 2016, https://doi.org/10.1145/2939672.2939778. Samples are drawn once,
for all rows; where none of them depends on the row, the model is asked for them once, too. An
attribution is what the local model gives the row's cell more than it gives the background's on
average, so that all of them are relative to one base value.
"""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.kinds import is_frame, is_sparse
from mlflow_explain.data.table import dense
from mlflow_explain.engines.base import EngineState, nested
from mlflow_explain.engines.black_box.asked import AskedBackground, AskingEngine
from mlflow_explain.engines.black_box.masking import bytes_per_row, len_of, part_of
from mlflow_explain.engines.lime import limits, storing
from mlflow_explain.engines.lime.columns import Column, assembled, one_by_one
from mlflow_explain.engines.lime.regression import LocalModels, fit
from mlflow_explain.engines.progress import Progress
from mlflow_explain.errors import FeatureError
from mlflow_explain.explanation import LocalImportance

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mlflow_explain._typing import FloatArray, Rows

NAME = "lime"
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False, repr=False)
class LimeEngine(AskingEngine):
    """Local linear models of whatever a model answers.

    Parameters
    ----------
    asked : AskedBackground
        Rows over which the base value is the mean, and the model's answers for them; it is never
        asked to explain where `sample_answers` are known.
    columns : tuple of Grouped or Number
        The samples, column by column.
    n_samples : int
        Samples of each local model.
    sample_answers : ndarray of shape (n_samples, n_outputs) or None
        The model's answers for the samples, where they are the same for every row.
    kernel_width : float
        Distance at which a sample's weight has fallen to ``exp(-1/2)``.
    show_progress, verbose : bool
        Show a bar over rows on a terminal; log the local fidelity of each batch.
    max_bytes : int
        Memory for samples and fits of the rows explained at a time; at least one row's.
    """

    asked: AskedBackground
    columns: tuple[Column, ...]
    n_samples: int
    sample_answers: FloatArray | None
    kernel_width: float
    show_progress: bool = False
    verbose: bool = False
    max_bytes: int = limits.MAX_BYTES
    tolerance: float = math.inf
    name: str = NAME
    quality: Mapping[str, float] = field(default_factory=dict)
    feature_perturbation: None = field(default=None, init=False)

    @property
    def n_features(self) -> int:
        """Number of features."""
        return len(self.columns)

    def explain(self, rows: Rows) -> LocalImportance:
        """Return attributions of shape (n_rows, n_features, n_outputs), and standard errors.

        With the base value they add up to the background's mean answer and what the local model
        says the row differs by: approximately the model's own answer.

        Raises
        ------
        FeatureError
            The rows have other columns than the background.
        InvalidInputError
            The model refuses samples, or does not answer finite numbers.
        """
        values = np.zeros((len_of(rows), self.n_features, self.n_outputs))
        errors = np.zeros_like(values)
        for part, gain, models in self._fitted(rows):
            values[part] = models.coefficients * gain[:, :, None]
            errors[part] = models.standard_errors * np.abs(gain)[:, :, None]
        return LocalImportance(values, self.base_values, errors)

    def local_models(self, rows: Rows) -> LocalModels:
        """Return the linear models themselves, of all rows."""
        shape = (0, self.n_features, self.n_outputs)
        none = np.zeros((0, self.n_outputs))
        found = [LocalModels(none, np.zeros(shape), np.zeros(shape), none)]
        found += [models for _, _, models in self._fitted(rows)]
        return LocalModels(
            intercepts=np.concatenate([part.intercepts for part in found]),
            coefficients=np.concatenate([part.coefficients for part in found]),
            standard_errors=np.concatenate([part.standard_errors for part in found]),
            r2=np.concatenate([part.r2 for part in found]),
        )

    def state(self) -> EngineState:
        """Return settings, the samples, and the background's cells with the answers for them."""
        settings, arrays = self.asked.stored()
        columns, samples = storing.stored(self.columns)
        own = {
            "n_samples": self.n_samples,
            "kernel_width": self.kernel_width,
            "columns": columns,
        }
        arrays |= nested("columns_", samples)
        if self.sample_answers is not None:
            arrays["sample_answers"] = self.sample_answers
        return EngineState(settings | own, arrays)

    def _fitted(self, rows: Rows) -> Iterator[tuple[slice, FloatArray, LocalModels]]:
        """Yield rows, their gains (n_rows, n_features) and models, as many as memory allows."""
        self._check(rows)
        n_rows = len_of(rows)
        per_row = limits.bytes_of_fit(self.n_features, self.n_samples, self.n_outputs)
        if self.sample_answers is None:
            per_row += self.n_samples * bytes_per_row(self.asked.rows)
        step = max(1, self.max_bytes // per_row)
        with Progress(
            n_rows,
            show=self.show_progress,
            unit="row",
            advice="pass LIMEExplainer a smaller nsamples",
        ) as bar:
            for start in range(0, n_rows, step):
                part = slice(start, min(start + step, n_rows))
                gain, models = self._models(part_of(rows, part))
                yield part, gain, models
                bar.update(part.stop - part.start)
                if self.verbose:
                    _logger.info(
                        "LIME: %d rows, local R2 %.3f on average, %.3f at least",
                        len(gain), models.r2.mean(), models.r2.min(),
                    )  # fmt: skip

    def _models(self, rows: Rows) -> tuple[FloatArray, LocalModels]:
        """Return gains (n_rows, n_features) and local models of a few rows."""
        n_rows = len_of(rows)
        z = np.empty((n_rows, self.n_features, self.n_samples))
        squared = np.zeros((n_rows, self.n_samples))
        gain = np.empty((n_rows, self.n_features))
        synthetic: list[Any] = []
        each = one_by_one(dense(rows) if is_sparse(rows) else rows)
        for j, (column, given) in enumerate(zip(self.columns, each, strict=True)):
            own: Any = column.own(given)
            z[:, j], away = column.compared(own)
            squared += away
            gain[:, j] = column.gain(own)
            if self.sample_answers is None:
                synthetic.append(column.cells(own))
        # Relative to the nearest sample's, so that some weights are left in any distance.
        squared -= squared.min(axis=1, keepdims=True)
        weights = np.exp(-squared / (2 * self.kernel_width**2))
        return gain, fit(z, weights, self._outputs(synthetic))

    def _outputs(self, synthetic: list[Any]) -> FloatArray:
        """Return the answers for the samples, (n_rows or 1, n_samples, n_outputs)."""
        if self.sample_answers is not None:
            return self.sample_answers[None]
        answers = self.ask(assembled(synthetic, self.asked.rows))
        return answers.reshape(-1, self.n_samples, self.n_outputs)

    def _check(self, rows: Rows) -> None:
        """Refuse rows of other columns."""
        names = [list(table.columns) for table in (rows, self.asked.rows) if is_frame(table)]
        if rows.shape[1] != self.n_features or (len(names) == 2 and names[0] != names[1]):
            raise FeatureError(
                f"the {self.n_features} columns of the initialization examples, in their order",
                f"{rows.shape[1]}" + (", or others" if names else ""),
                "Pass rows with the columns the model was trained on.",
            )
