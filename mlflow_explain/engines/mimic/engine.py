"""Explains a surrogate in its teacher's place: a model of the model, explained exactly.

Bucila, Caruana and Niculescu-Mizil 2006, "Model compression",
https://doi.org/10.1145/1150402.1150464. The attributions are exact for the surrogate; how near it
is to the model is its fidelity, kept with each explanation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from mlflow_explain.engines import additive
from mlflow_explain.engines.base import EngineRow, EngineState, nested, only_made_by, under
from mlflow_explain.engines.black_box import storing
from mlflow_explain.engines.choice import answers_alike
from mlflow_explain.engines.mimic.encoding import Encoding
from mlflow_explain.engines.mimic.scale import Scale
from mlflow_explain.engines.rescaled import both, probability, slope
from mlflow_explain.engines.trees import engine as trees
from mlflow_explain.errors import CorruptArtifactError, ExplainError
from mlflow_explain.explanation import LocalImportance
from mlflow_explain.explanation._arrays import frozen_floats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mlflow_explain._typing import (
        AnyArray,
        FeaturePerturbation,
        FloatArray,
        OutputSpace,
        Rows,
    )
    from mlflow_explain.data.predictor import Predictor
    from mlflow_explain.engines.base import Engine

NAME = "mimic"

# Engines of surrogates by name, as kept in artifacts.
_RESTORE: dict[str, Callable[[EngineState, Predictor | None], Engine]] = {
    trees.NAME: trees.restore,
    additive.NAME: additive.restore,
}


@dataclass(frozen=True, eq=False, repr=False)
class MimicEngine:
    """Attributions of a surrogate's output, exact, in the columns of its teacher.

    Parameters
    ----------
    inner : Engine
        Explains the surrogate in encoded features.
    encoding : Encoding
        From columns to these features.
    scale : Scale
        What of the teacher the surrogate was fitted to.
    quality : mapping of str to float
        Its fidelity: ``fidelity_r2``, ...
    is_rescaled : bool
        Attributions of the log-odds, scaled row by row to sum to the surrogate's probability.
    probe : DataFrame, ndarray, csr_matrix or None
        A few rows to tell the teacher by.
    probe_answers : ndarray of shape (n_probe, n_answers) or None
        The teacher's answers for them.
    keeps_probe : bool
        The probe is stored, too: its rows are made up. Real ones are in memory only.
    """

    inner: Engine
    encoding: Encoding
    scale: Scale
    quality: Mapping[str, float]
    is_rescaled: bool = False
    probe: Rows | None = None
    probe_answers: FloatArray | None = None
    keeps_probe: bool = False
    name: str = NAME
    tolerance: float = field(default=math.inf, init=False)

    def __repr__(self) -> str:
        """Name the surrogate's engine and the fidelity."""
        known = self.quality.get("fidelity_r2", self.quality.get("fidelity_r2_train", math.nan))
        return f"<MimicEngine: {self.inner.name}, R2 {known:.3f} on the {self.scale.output_space}>"

    @property
    def output_space(self) -> OutputSpace:
        """Unit of the attributions."""
        return "probability" if self.is_rescaled else self.scale.output_space

    @property
    def feature_perturbation(self) -> FeaturePerturbation | None:
        """The game that the surrogate's engine plays."""
        return self.inner.feature_perturbation

    @property
    def base_values(self) -> FloatArray:
        """The surrogate's expected output, (n_outputs,)."""
        base = self.inner.base_values
        return frozen_floats(both(probability(base))) if self.is_rescaled else base

    def explain(self, rows: Rows) -> LocalImportance:
        """Return attributions of shape (n_rows, n_features, n_outputs)."""
        local = self.encoding.fold(self.inner.explain(self.encoding(rows)))
        if not self.is_rescaled:
            return local
        values = local.values * slope(local.outputs(), local.base_values)[:, None]
        return LocalImportance(np.concatenate([-values, values], axis=2), self.base_values)

    def state(self) -> EngineState:
        """Return the surrogate's own state, the encoding, the scale and made-up rows."""
        own = self.inner.state()
        arrays: dict[str, AnyArray] = nested("inner.", own.arrays)
        if self.encoding.fill is not None:
            arrays["fill"] = self.encoding.fill
        probe = None
        if self.keeps_probe and self.probe_answers is not None:
            probe, cells = storing.stored(self.probe)
            arrays |= nested("probe.", cells)
            arrays["probe_answers"] = self.probe_answers
        return EngineState(
            settings={
                "engine": self.inner.name,
                "engine_settings": dict(own.settings),
                "encoding": self.encoding.settings(),
                "scale": self.scale.settings(),
                "quality": dict(self.quality),
                "is_rescaled": self.is_rescaled,
                "probe": probe,
            },
            arrays=arrays,
            texts=nested("inner.", own.texts),
        )


def restore(state: EngineState, _: Predictor | None = None) -> MimicEngine:
    """Return the engine of a stored state."""
    settings = state.settings
    if settings["engine"] not in _RESTORE:
        raise CorruptArtifactError(
            f"a surrogate's engine among {', '.join(_RESTORE)}",
            repr(settings["engine"]),
            "Read it with the version of mlflow-explain that wrote it, or a newer one.",
        )
    own = state.under("inner.", settings["engine_settings"])
    about = settings["encoding"]
    fill, probe = state.arrays.get("fill"), settings.get("probe")
    return MimicEngine(
        inner=_RESTORE[settings["engine"]](own, None),
        encoding=Encoding(
            n_columns=about["n_columns"],
            categories={int(at): tuple(names) for at, names in about["categories"].items()},
            others=frozenset(about["others"]),
            one_hot=about["one_hot"],
            fill=None if fill is None else frozen_floats(fill),
        ),
        scale=Scale(**settings["scale"]),
        quality=settings["quality"],
        is_rescaled=settings["is_rescaled"],
        probe=None if probe is None else storing.restored(probe, under(state.arrays, "probe.")),
        probe_answers=state.arrays.get("probe_answers"),
        keeps_probe=probe is not None,
    )


def scores(engine: MimicEngine, predictor: Predictor, rows: Rows) -> FloatArray:
    """Return the teacher's own output in the engine's output space, (n_rows, n_outputs)."""
    own = engine.scale.outputs(predictor, rows)
    return both(probability(own)) if engine.is_rescaled else own


def made_of(engine: MimicEngine, predictor: Predictor, rows: Rows) -> bool:
    """Whether a model answers the probe as the teacher did; without a probe it cannot be told."""
    del rows
    if engine.probe is None or engine.probe_answers is None:
        return False
    try:
        answers = engine.scale.answers(predictor, engine.probe)
    except ExplainError:
        return False
    return answers_alike(answers, engine.probe_answers)


MIMIC = EngineRow(NAME, only_made_by("MimicExplainer", NAME), restore, scores, made_of=made_of)
