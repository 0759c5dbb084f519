"""What of an explanation a page holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mlflow_explain.errors import InvalidInputError

# A page of 20 MB opens in a second or two, and lies under the 50 MiB that MLflow previews.
MAX_BYTES = 20_000_000
_LEAST_BYTES = 300_000


@dataclass(frozen=True, kw_only=True, slots=True)
class PageOptions:
    """What of an explanation a page holds.

    Parameters
    ----------
    include_data : bool, default=True
        Cells, predictions and outcomes of the rows, and the model; without them there are
        importances and attributions alone.
    drop_columns : sequence of str
        Columns whose cells are left out. Their importances stay.
    mask : sequence of str
        Columns whose numbers and times are shown as ranges, and whose labels are left out.
    max_bytes : int, default=20_000_000
        Size of the page. Above it a sample of the rows is embedded.
    seed : int, default=0
        Of that sample.
    top_k : int, optional
        How many features have their attributions per row; those of the others are summed. All by
        default, and of a sparse matrix those that are among the first ten of some row.
    title : str, optional
        Of the page.
    made_at : str, optional
        Date and time to show.
    live : str, optional
        Path at which the server of the page answers what-if; the page may ask that server then.
    """

    include_data: bool = True
    drop_columns: Sequence[str] = ()
    mask: Sequence[str] = ()
    max_bytes: int = MAX_BYTES
    seed: int = 0
    top_k: int | None = None
    title: str | None = None
    made_at: str | None = None
    live: str | None = None
    model_uri: str | None = None
    run_id: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("drop_columns", "mask"):
            object.__setattr__(self, name, _names(name, getattr(self, name)))
        whole = isinstance(self.max_bytes, int) and not isinstance(self.max_bytes, bool)
        if not whole or self.max_bytes < _LEAST_BYTES:
            raise InvalidInputError(
                f"max_bytes: a whole number of at least {_LEAST_BYTES:,}",
                repr(self.max_bytes)[:40],
                "The page's own script takes most of that; leave `max_bytes` out for 20 MB.",
            )


def _names(argument: str, given: Any) -> tuple[str, ...]:
    """Return names of columns, or refuse a single word in their place."""
    if isinstance(given, str) or not isinstance(given, Sequence | set | frozenset):
        raise InvalidInputError(
            f"{argument}: a list of names of columns", type(given).__name__, "Pass a list."
        )
    return tuple(dict.fromkeys(str(name) for name in given))
