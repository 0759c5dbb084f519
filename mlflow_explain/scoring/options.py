"""`ReplyOptions`: what a request may ask for, checked before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from mlflow_explain.data.arguments import truth, whole
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from mlflow_explain.scoring.scorer import Scorer

# A day: more than any client waits.
_LONGEST_MS = 86_400_000
# A class of one of these names is reached as the default or the predicted one.
OUTPUTS = ("default", "predicted", "all")


@dataclass(frozen=True, slots=True)
class ReplyOptions:
    """What a request may ask for.

    Parameters
    ----------
    explain : bool
        Answer with importances; without, exactly as the plain model does.
    top_k : int
        Keep this many importances, largest absolute value first; 0 keeps all.
    output : str
        ``"default"``: the positive class of two, the predicted one of more. ``"predicted"``,
        ``"all"``, or a class label.
    raw : bool
        Importances of raw columns; False: of engineered features.
    budget_ms : int
        Milliseconds the request may take with its explanation; 0 for no bound.
    """

    explain: bool = True
    top_k: int = 0
    output: str = "default"
    raw: bool = True
    budget_ms: int = 0

    @classmethod
    def given(cls, *, top_k: Any, output: Any, raw: Any, explain: Any = True) -> ReplyOptions:
        """Return the options a caller passes as arguments, or name the one of another type."""
        return cls(
            explain=truth("explain", explain), top_k=whole("top_k", top_k, least=0),
            output=output, raw=truth("raw", raw),
        )  # fmt: skip


# Names of the parameters a request may carry.
PARAMS = tuple(field.name for field in fields(ReplyOptions))


def checked(options: ReplyOptions, scorer: Scorer) -> ReplyOptions:
    """Return the options if they can be answered, or raise an error that names the parameter."""
    if options.top_k < 0:
        raise InvalidInputError(
            "`top_k` of 0 (all) or more", "a negative number", "Ask for the largest k, or for all."
        )
    if not 0 <= options.budget_ms <= _LONGEST_MS:
        raise InvalidInputError(
            f"`budget_ms` of 0 (no bound) to {_LONGEST_MS}",
            "another number",
            "Ask for milliseconds.",
        )
    known = (*OUTPUTS, *scorer.output_names)
    if options.output not in known:
        raise InvalidInputError(
            f"`output` to be one of {', '.join(known)}",
            repr(options.output),
            "Ask for one of them.",
        )
    return options
