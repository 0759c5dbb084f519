"""`Serving`: what is decided when a model is logged about how requests are answered."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal

from mlflow_explain.data.arguments import one_of, truth, whole, whole_or_none
from mlflow_explain.scoring.condition import Condition

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMATS = ("dict", "list")


@dataclass(frozen=True, slots=True)
class Serving:
    """How a logged model answers, kept in its MLmodel file.

    Parameters
    ----------
    explain_by_default : bool
        Whether a request that does not say is answered with importances.
    format : {"dict", "list"}
        Importances as ``{feature: number}``, or as a list in the order of the features.
    explain_when : str or None
        Only rows whose prediction meets this condition are explained.
    budget_ms : int
        Milliseconds that the explanation of a request may take; 0 for no bound.
    max_explained_rows : int or None
        Rows of a request with importances; None for as many as fit a bound on memory.
    """

    explain_by_default: bool = True
    format: Literal["dict", "list"] = "dict"
    explain_when: str | None = None
    budget_ms: int = 0
    max_explained_rows: int | None = None

    def __post_init__(self) -> None:
        truth("explain_by_default", self.explain_by_default)
        one_of("format", self.format, FORMATS)
        whole("budget_ms", self.budget_ms, least=0)
        whole_or_none("max_explained_rows", self.max_explained_rows, least=1)
        _ = self.condition

    @property
    def condition(self) -> Condition | None:
        """The parsed condition on rows that are explained."""
        return None if self.explain_when is None else Condition.parsed(self.explain_when)

    def kept(self) -> dict[str, Any]:
        """Return the entries of the MLmodel file."""
        return asdict(self)

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> Serving:
        """Return the settings from the entries of an MLmodel file; earlier ones have fewer."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in config.items() if name in known})
