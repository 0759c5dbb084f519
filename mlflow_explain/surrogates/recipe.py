"""`Recipe`: what is asked of a surrogate, checked before anything is fitted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mlflow_explain.data.arguments import one_of, seed_of, whole
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.surrogates.models import SURROGATES

if TYPE_CHECKING:
    from mlflow_explain.surrogates.models import Surrogate

_NO_TEACHER = "'teacher_probability' asked a model that an explainer served alone does not have."


@dataclass(frozen=True, eq=False, kw_only=True, slots=True)
class Recipe:
    """How a surrogate is made.

    Parameters
    ----------
    surrogate : type
        One of the classes of `surrogates.models`.
    arguments : mapping
        Keyword arguments of the class.
    n_augmentations : int
        Most synthetic rows per real row; 0 for none.
    categorical : frozenset of int
        Positions of the teacher's columns that hold categories, beside those whose type says so.
    output : {"default", "probability"}
        Unit of the attributions.
    seed : int
        Seed of what is drawn at random.

    Raises
    ------
    InvalidInputError
        One of them is not of its kind; named as in `MimicExplainer`.
    """

    surrogate: type[Surrogate]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    n_augmentations: int = 10
    categorical: frozenset[int] = frozenset()
    output: str = "default"
    seed: int = 0

    def __post_init__(self) -> None:
        _check_surrogate(self.surrogate)
        _check_arguments(self.arguments)
        one_of("shap_values_output", self.output, ("default", "probability"), _NO_TEACHER)
        whole("max_num_of_augmentations", self.n_augmentations, 0)
        seed_of(self.seed)


def _check_surrogate(given: Any) -> None:
    if isinstance(given, type) and issubclass(given, SURROGATES):
        return
    is_class = isinstance(given, type)
    raise InvalidInputError(
        "explainable_model to be one of the classes "
        f"{', '.join(known.__name__ for known in SURROGATES)}",
        given.__name__ if is_class else f"an instance of {type(given).__name__}",
        "Pass the class itself; its arguments go into `explainable_model_args`.",
    )


def _check_arguments(given: Any) -> None:
    if given is not None and not isinstance(given, Mapping):
        raise InvalidInputError(
            "explainable_model_args to be a mapping of names to values",
            type(given).__name__,
            "Pass a dict, such as {'n_estimators': 100}.",
        )
