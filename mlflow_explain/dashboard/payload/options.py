"""What of an explanation a page holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

from mlflow_explain.data.arguments import seed_of, shown, truth, whole, whole_or_none
from mlflow_explain.errors import InvalidInputError

# A page of 20 MB opens in a second or two, and lies under the 50 MiB that MLflow previews.
MAX_BYTES = 20_000_000
_LEAST_BYTES = 300_000
# So many rows a browser filters and draws while a slider moves; a model is checked on each.
MAX_ROWS = 200_000


@dataclass(frozen=True, kw_only=True, slots=True)
class PageOptions:
    """What of an explanation a page holds.

    Parameters
    ----------
    include_data : bool, default=True
        Cells, predictions and outcomes of the rows, and the model; without them there are
        importances and attributions alone.
    drop_columns : sequence of str, default=()
        Columns whose cells are left out. Their importances stay.
    mask : sequence of str, default=()
        Columns whose numbers and times are shown as ranges of at least five rows, and whose
        labels are left out, also of the names of engineered features.
    max_bytes : int, default=20_000_000
        Size of the whole page, in bytes. Above it a sample of the rows is embedded.
    max_rows : int, default=200_000
        Rows that are embedded at most: a browser draws, and filters, all of them.
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
    model_uri : str, optional
        Address of the logged model, to show.
    run_id : str, optional
        The run the explanation is kept with, to show.

    Raises
    ------
    InvalidInputError
        One of them is not what it should be.
    """

    include_data: bool = True
    drop_columns: Sequence[str] = ()
    mask: Sequence[str] = ()
    max_bytes: int = MAX_BYTES
    max_rows: int = MAX_ROWS
    seed: int = 0
    top_k: int | None = None
    title: str | None = None
    made_at: str | None = None
    live: str | None = None
    model_uri: str | None = None
    run_id: str | None = None

    def __post_init__(self) -> None:
        for name in ("drop_columns", "mask"):
            object.__setattr__(self, name, _names(name, getattr(self, name)))
        checked = {
            "include_data": truth("include_data", self.include_data),
            "max_bytes": _size(self.max_bytes),
            "max_rows": whole("max_rows", self.max_rows, 1),
            "seed": seed_of(self.seed),
            "top_k": whole_or_none("top_k", self.top_k, 1),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        if self.title is not None and not isinstance(self.title, str):
            raise InvalidInputError("title to be text", shown(self.title), "Pass a str.")

    @property
    def hides(self) -> bool:
        """Whether cells of some column are not shown, or not as they are."""
        return not self.include_data or bool(self.drop_columns or self.mask)


def _size(given: Any) -> int:
    if isinstance(given, Integral) and not isinstance(given, bool) and int(given) >= _LEAST_BYTES:
        return int(given)
    raise InvalidInputError(
        f"max_bytes: a whole number of at least {_LEAST_BYTES:,}",
        shown(given),
        "The page's own script takes most of that; leave `max_bytes` out for 20 MB.",
    )


def _names(argument: str, given: Any) -> tuple[str, ...]:
    """Return names of columns, or refuse a single word in their place."""
    if isinstance(given, str) or not isinstance(given, Sequence | set | frozenset):
        raise InvalidInputError(
            f"{argument}: a list of names of columns", type(given).__name__, "Pass a list."
        )
    return tuple(dict.fromkeys(str(name) for name in given))
