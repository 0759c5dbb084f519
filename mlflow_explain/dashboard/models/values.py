"""`Exported`: a model in the page, as the page reads it; `NotExported`: why there is none."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from mlflow_explain.engines.choice import without_modules

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mlflow_explain._typing import AnyArray

# What a column is to the page; see `cells`.
ColumnType: TypeAlias = Literal["number", "time", "boolean", "category"]
# Plain JSON, of the shapes in `dashboard/src/model/types.ts`.
Json: TypeAlias = dict[str, Any]

# Above it no model in the page is called exact.
MOST_EXACT = 1e-5


class CannotExportError(Exception):
    """Half a sentence that says why a model is not put into a page; never leaves this package."""

    def as_value(self) -> NotExported:
        """Return it as a value."""
        # To a reader, SVC is enough to know the class.
        return NotExported(without_modules(str(self)))


@dataclass(frozen=True, slots=True)
class NotExported:
    """Why a model is not put into a page.

    Parameters
    ----------
    reason : str
        Half a sentence that says what stands against it; holds no values of rows.
    """

    reason: str


@dataclass(frozen=True, slots=True)
class Input:
    """A column of the raw view that the model reads.

    Parameters
    ----------
    name : str
        Its name.
    type : {"number", "time", "boolean", "category"}
        What its cells are.
    """

    name: str
    type: ColumnType


@dataclass(frozen=True, eq=False, slots=True)
class Core:
    """What makes outputs of slots: trees, a linear model or a kernel machine.

    Parameters
    ----------
    settings : dict
        As the page reads it; arrays are named ``model.*``.
    arrays : mapping of str to ndarray
        The arrays it names.
    description : str
        What it is, for readers: "100 trees of at most 31 leaves".
    """

    settings: Json
    arrays: Mapping[str, AnyArray]
    description: str

    @property
    def kind(self) -> str:
        """``"trees"``, ``"linear"`` or ``"rbf"``."""
        return str(self.settings["kind"])

    @property
    def offset(self) -> list[float]:
        """Added to each output."""
        return list(self.settings["offset"])

    def array(self, name: str) -> AnyArray:
        """Return the array that a setting names."""
        return self.arrays[self.settings[name]]

    @property
    def n_bytes(self) -> int:
        """Bytes of all arrays."""
        return sum(array.nbytes for array in self.arrays.values())


@dataclass(frozen=True, eq=False, slots=True)
class Game:
    """How the page attributes, and relative to what.

    Parameters
    ----------
    kind : {"tree_path_dependent", "interventional", "none"}
        ``"none"``: it does not.
    base_values : sequence of float
        One per output.
    fold : sequence of (slot, feature, share)
        From slots to features of the raw view.
    background : ndarray of shape (n_background, n_slots), optional
        Of the interventional game; of a linear model its mean only.
    rescaled : float, optional
        Attributions of the one output, log-odds, are scaled row by row to sum to the probability
        of the second class, and mirrored for the first; this is the base value of the log-odds,
        and `base_values` are the two probabilities it stands for.
    """

    kind: Literal["tree_path_dependent", "interventional", "none"]
    base_values: Sequence[float] = ()
    fold: Sequence[tuple[int, int, float]] = ()
    background: AnyArray | None = None
    rescaled: float | None = None

    def json(self) -> Json:
        """Return it as the page reads it."""
        plain: Json = {
            "kind": self.kind,
            "baseValues": [float(value) for value in self.base_values],
            "fold": [[int(slot), int(raw), float(share)] for slot, raw, share in self.fold],
        }
        if self.background is not None:
            plain |= {"background": "model.background", "backgroundRows": len(self.background)}
        if self.rescaled is not None:
            plain["rescaled"] = float(self.rescaled)
        return plain


@dataclass(frozen=True, eq=False, slots=True)
class Exported:
    """A model in the page: operations, a core, a link, and a game.

    Parameters
    ----------
    inputs : sequence of Input
        Columns it reads, in the order of their registers.
    operations : sequence of dict
        As the page reads them; the i-th makes register ``len(inputs) + i``.
    slots : sequence of int
        Registers in the order of the core's slots.
    core : Core
        From slots to outputs.
    link : dict
        From outputs to predictions.
    game : Game
        How it attributes.
    model_name : str
        Class of the model, for readers.
    mode : {"exact", "surrogate"}
        Whether it is the model, or one that follows it.
    max_error : float
        Largest difference to the model's own predictions on the rows checked: of probabilities,
        or of numbers relative to the largest one where that is above 1.
    checked_rows : int
        How many rows those are.
    fidelity : mapping of str to float
        Figures of a surrogate.
    notes : sequence of str
        Sentences a reader has to know.
    """

    inputs: Sequence[Input]
    operations: Sequence[Json]
    slots: Sequence[int]
    core: Core
    link: Json
    game: Game
    model_name: str
    mode: Literal["exact", "surrogate"] = "exact"
    max_error: float = 0.0
    checked_rows: int = 0
    fidelity: Mapping[str, float] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def __repr__(self) -> str:
        """Say what is in the page."""
        return f"<Exported: {self.description}, {self.mode}>"

    @property
    def description(self) -> str:
        """What it is: "LGBMClassifier, 100 trees of at most 31 leaves"."""
        return f"{self.model_name}, {self.core.description}"

    @property
    def arrays(self) -> dict[str, AnyArray]:
        """All arrays by the names that `json` gives them."""
        own = dict(self.core.arrays)
        if self.game.background is not None:
            own["model.background"] = self.game.background
        return own

    def json(self) -> Json:
        """Return all but the arrays, as the page reads it."""
        return {
            "mode": self.mode,
            "maxError": float(self.max_error),
            "checkedRows": self.checked_rows,
            "fidelity": dict(self.fidelity),
            "description": self.description,
            "inputs": [{"name": given.name, "type": given.type} for given in self.inputs],
            "operations": list(self.operations),
            "slots": list(self.slots),
            "core": self.core.settings,
            "link": self.link,
            "game": self.game.json(),
        }

    def with_game(self, game: Game, *notes: str) -> Exported:
        """Return the same with another game."""
        return replace(self, game=game, notes=(*self.notes, *notes))
