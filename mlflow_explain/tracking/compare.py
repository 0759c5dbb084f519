"""`compare`: two explanations side by side, wherever they are kept; logged when asked."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.artifact.sealed import write_json, write_text
from mlflow_explain.dashboard.compared import report
from mlflow_explain.data.arguments import shown, whole_or_none
from mlflow_explain.data.compared import to_table
from mlflow_explain.errors import InvalidInputError
from mlflow_explain.explanation.comparing import compared
from mlflow_explain.tracking.runs.failures import typed
from mlflow_explain.tracking.runs.items import ArtifactItem, MetricsItem, TableItem
from mlflow_explain.tracking.runs.store import RunStore, connected
from mlflow_explain.tracking.sides import given_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mlflow.entities import Run

    from mlflow_explain.explanation import Comparison, Explanation
    from mlflow_explain.tracking.runs.items import Item
    from mlflow_explain.tracking.runs.logged import LoggedExplanation

ROOT = "comparisons"
TABLE = "comparison_table.json"
# The last file: a comparison without it was not written to the end.
_LAST = "comparison.json"
_DPI = 90


def compare(
    a: Explanation | LoggedExplanation | Run | str | Path,
    b: Explanation | LoggedExplanation | Run | str | Path,
    *,
    top_k: int | None = None,
    engineered: bool = False,
    names: list[str] | tuple[str, str] | None = None,
    log: bool = False,
    run_id: Run | str | None = None,
) -> Comparison:
    """Compare two explanations: how far their orders agree, and what differs by how much.

    Features are matched by name. Shares of the importance and ranks are always compared; values
    only where both have one measure and unit.

    Parameters
    ----------
    a, b : Explanation, LoggedExplanation, Run, str or Path
        Each an explanation; a run or its id (its newest explanation); a model's address
        (``models:/name/3``, ``models:/name@alias``, ``models:/m-...``, ``runs:/<run id>/<name>``);
        the address of one explanation (``runs:/<run id>/explanations/<id>``); a folder written by
        `save_explanation`.
    top_k : int, optional
        How many features count as the first; by default 5, and 0 means all.
    engineered : bool, default=False
        Compare what the preprocessing of a Pipeline makes rather than raw columns.
    names : list or tuple of two str, optional
        What they are called; by default by comment, run or address.
    log : bool, default=False
        Keep the comparison with a run: ``comparisons/<id>/`` with table, text, picture and
        numbers, and its figures as metrics ``explain/compare/<name>``.
    run_id : Run or str, optional
        The run to keep it with, which is asking for it, too; by default the active one, or a new
        one.

    Returns
    -------
    Comparison

    Raises
    ------
    ArtifactNotFoundError
        A run, a model or a folder is not there, or has no explanation.
    FeatureError
        No feature has the same name in both.
    InvalidInputError
        One is of raw columns, the other of engineered features that cannot be folded to them; or an
        argument is not what it should be.
    StoreError
        The store failed or refused.

    Examples
    --------
    >>> from sklearn.datasets import load_diabetes
    >>> from sklearn.linear_model import Ridge
    >>> from mlflow_explain import TabularExplainer, compare
    >>> X, y = load_diabetes(return_X_y=True, as_frame=True)
    >>> weak, strong = (
    ...     TabularExplainer(Ridge(alpha=alpha).fit(X, y), X).explain_global(X)
    ...     for alpha in (0.1, 10.0)
    ... )
    >>> comparison = compare(weak, strong, names=("weak", "strong"))
    >>> round(comparison.kendall_tau, 2), comparison.top_k_overlap
    (0.6, 0.8)
    >>> comparison.to_frame()[["feature", "rank_a", "rank_b"]].head(2).values.tolist()
    [['bmi', 1, 1], ['s5', 2, 2]]
    """
    top_k = whole_or_none("top_k", top_k, 0)
    if names is not None:
        _check_two(names)
    sides = [given_by(each, engineered=engineered) for each in (a, b)]
    called = [str(name) for name in names or [side.name for side in sides]]
    if called[0] == called[1]:
        called = [f"{called[0]} (a)", f"{called[1]} (b)"]
    made = compared(
        sides[0].explanation, sides[1].explanation, names=called, top_k=top_k, engineered=engineered
    )
    if log or run_id is not None:
        with RunStore.of(run_id, connected()) as store:
            _keep(made, store)
    return made


def _check_two(names: Any) -> None:
    if isinstance(names, list | tuple) and len(names) == 2:
        return
    got = str(len(names)) if isinstance(names, list | tuple) else shown(names)
    raise InvalidInputError("two `names` in a tuple or list", got, "Name both explanations.")


def place_of(comparison_id: str) -> str:
    """Return the folder of a comparison among a run's artifacts."""
    return f"{ROOT}/{comparison_id}"


def metrics(comparison: Comparison) -> dict[str, float]:
    """Return what becomes metrics of the run; figures that are not defined are left out."""
    differences = np.abs(comparison.share_difference)
    known = {
        "kendall_tau": comparison.kendall_tau,
        "ndcg": comparison.ndcg,
        "top_k_overlap": comparison.top_k_overlap,
        "share_difference_max": (
            None if np.isnan(differences).all() else float(np.nanmax(differences))
        ),
    }
    return {f"explain/compare/{name}": v for name, v in known.items() if v is not None}


def _keep(comparison: Comparison, store: RunStore) -> None:
    store.check_open()
    with (
        typed("have room for the files of a comparison"),
        tempfile.TemporaryDirectory(prefix="mlflow-explain-") as temporary,
    ):
        folder = Path(temporary)
        write(comparison, folder)
        store.send(_items(comparison, folder), "the comparison")


def write(comparison: Comparison, folder: Path) -> None:
    """Write the files that are kept of a comparison: text, picture, table, numbers."""
    write_text(folder, "comparison.md", report(comparison))
    comparison.plot().savefig(folder / "comparison.png", format="png", dpi=_DPI)
    write_json(folder, TABLE, to_table(comparison))
    write_json(folder, _LAST, comparison.to_dict())


def _items(comparison: Comparison, folder: Path) -> Iterator[Item]:
    place = place_of(comparison.id)
    for name in ("comparison.md", "comparison.png", TABLE, _LAST):
        yield ArtifactItem(folder / name, place)
    yield TableItem(f"{place}/{TABLE}")
    yield MetricsItem(metrics(comparison))
