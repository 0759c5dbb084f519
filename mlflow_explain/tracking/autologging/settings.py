"""The settings of `autolog`, kept where MLflow keeps those of its own integrations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from mlflow.utils.autologging_utils import AUTOLOGGING_INTEGRATIONS

from mlflow_explain.data.arguments import one_of, seconds, shown, truth, whole
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explainers.forced import KernelExplainer, LinearExplainer, TreeExplainer
from mlflow_explain.explainers.lime import LIMEExplainer
from mlflow_explain.explainers.mimic import MimicExplainer
from mlflow_explain.explainers.tabular import TabularExplainer
from mlflow_explain.explainers.text import TextExplainer
from mlflow_explain.surrogates.models import LGBMExplainableModel

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mlflow_explain.explainers.base import Explainer
    from mlflow_explain.surrogates.models import Surrogate

NAME = "mlflow_explain"
# What MLflow autologs and our engines explain.
FRAMEWORKS = ("sklearn", "lightgbm", "xgboost")

MAX_ROWS = 1_000
MAX_SECONDS = 30.0

# Name -> explainer of a model, made with rows like those of its training and their names.
EXPLAINERS: Mapping[str, Callable[[Any, Any, Sequence[str]], Explainer]] = {
    "auto": lambda model, rows, names: TabularExplainer(model, rows, features=names),
    "tree": lambda model, rows, names: TreeExplainer(model, rows, features=names),
    "linear": lambda model, rows, names: LinearExplainer(model, rows, features=names),
    "kernel": lambda model, rows, names: KernelExplainer(model, rows, features=names),
    "mimic": lambda model, rows, names: MimicExplainer(
        model, rows, cast("type[Surrogate]", LGBMExplainableModel), features=names
    ),
    "lime": lambda model, rows, names: LIMEExplainer(model, rows, features=names),
}


def of_texts(model: Any, rows: Any, explainer: str) -> Explainer:
    """Return the explainer of a model that takes a list of texts.

    Raises
    ------
    InvalidInputError
        Explainers of tables would not be asked for words.
    """
    if explainer not in {"auto", "lime"}:
        raise InvalidInputError(
            "explainer='auto' or 'lime' for a model of texts", repr(explainer), "Leave it out."
        )
    return TextExplainer(model, rows, method=cast("Any", explainer), show_progress=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """What `autolog` was told.

    Parameters
    ----------
    silent, exclusive, max_rows, max_seconds, log_dashboard, register_scoring_explainer, explainer,
    frameworks
        As of `autolog`.

    Raises
    ------
    InvalidInputError
        One of them is not of its kind or out of bounds.
    """

    silent: bool = False
    exclusive: bool = False
    max_rows: int = MAX_ROWS
    max_seconds: float = MAX_SECONDS
    log_dashboard: bool = True
    register_scoring_explainer: bool = True
    explainer: str = "auto"
    frameworks: tuple[str, ...] = FRAMEWORKS

    def __post_init__(self) -> None:
        for name in ("silent", "exclusive", "log_dashboard", "register_scoring_explainer"):
            truth(name, getattr(self, name))
        whole("max_rows", self.max_rows, 1)
        seconds("max_seconds", self.max_seconds)
        one_of("explainer", self.explainer, tuple(EXPLAINERS))
        for name in self.frameworks:
            one_of("each of frameworks", name, FRAMEWORKS, "MLflow autologs no others of ours.")


def frameworks_of(given: Any) -> tuple[str, ...]:
    """Return the names of frameworks that were given, by default all."""
    if given is None:
        return FRAMEWORKS
    if isinstance(given, str) or not isinstance(given, Iterable):
        fix = f"Pass {[given]}." if isinstance(given, str) else "Pass a list."
        raise InvalidInputError("frameworks to be a list of names", shown(given), fix)
    return tuple(given)


def current() -> Settings | None:
    """Return the settings in force; None where ours is disabled."""
    config = AUTOLOGGING_INTEGRATIONS.get(NAME, {})
    if config.get("disable", True):
        return None
    kept: Settings = config["settings"]
    return kept
