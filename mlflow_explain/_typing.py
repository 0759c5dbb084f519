"""Type names shared by all layers; imported for annotations only."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
AnyArray: TypeAlias = npt.NDArray[Any]

# A pandas DataFrame, a two-dimensional numpy array or a scipy csr matrix: what a model is given.
Rows: TypeAlias = Any

Task: TypeAlias = Literal["classification", "regression"]
OutputSpace: TypeAlias = Literal["log-odds", "probability", "margin", "raw"]
FeatureKind: TypeAlias = Literal["raw", "engineered"]
FeaturePerturbation: TypeAlias = Literal["tree_path_dependent", "interventional"]
