"""A run's records by what is asked for: those that fit, or an error that says what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlflow_explain.errors import ArtifactNotFoundError
from mlflow_explain.tracking.runs.records import Record, records_of

if TYPE_CHECKING:
    from mlflow_explain.tracking.runs.store import RunStore


def fitting(
    store: RunStore,
    comment: str | None = None,
    raw: bool | None = None,
    engineered: bool | None = None,
) -> list[Record]:
    """Return the records of a run that fit, the newest last.

    Parameters
    ----------
    store : RunStore
        The run's.
    comment : str, optional
        Only those with this comment.
    raw, engineered : bool, optional
        True: only those that hold importances of raw columns, or of engineered features.
    """
    return [
        record
        for record in records_of(store.run().data.tags)
        if (comment is None or record.has_comment(comment))
        and (record.raw or not raw)
        and (record.engineered or not engineered)
    ]


def newest(
    store: RunStore,
    explanation_id: str | None = None,
    comment: str | None = None,
    raw: bool | None = None,
    engineered: bool | None = None,
) -> Record:
    """Return the newest record that fits, by default the newest of all.

    Raises
    ------
    ArtifactNotFoundError
        None fits.
    """
    for record in reversed(fitting(store, comment, raw, engineered)):
        if explanation_id is None or explanation_id == record.id:
            return record
    raise nothing(store, id=explanation_id, comment=comment, raw=raw, engineered=engineered)


def nothing(store: RunStore, **asked: Any) -> ArtifactNotFoundError:
    """Return the error that says what there is instead of what was asked for."""
    wanted = ", ".join(f"{name} {value!r}" for name, value in asked.items() if value)
    there = [record.id for record in fitting(store)]
    return ArtifactNotFoundError(
        f"an explanation{f' with {wanted}' if wanted else ''} in run {store.run_id}",
        f"{len(there)} others ({', '.join(there[-3:])})" if there else "none",
        "`list_model_explanations()` shows what the run has.",
    )
