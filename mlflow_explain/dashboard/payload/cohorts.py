"""Named groups of rows given from Python: filters, or the rows themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from mlflow_explain.dashboard.payload import mistaken
from mlflow_explain.dashboard.payload.cells import Cells
from mlflow_explain.data.arguments import shown
from mlflow_explain.errors import InvalidInputError, LengthMismatchError

if TYPE_CHECKING:
    from collections.abc import Collection

RELATIONS = ("in", "not in", "<", "<=", ">", ">=", "between", "missing", "present")
_COMPARISONS = ("<", "<=", ">", ">=", "between")
_OUTCOMES = ("predicted", "actual", "residual", "absolute residual", "error", "correct", "id")
_GROUPS = ("all", "any", "not")
_DEEPEST = 20
_EXAMPLE = 'Write {"name": "young", "filter": {"of": {"feature": "age"}, "is": "<", "value": 30}}.'


class Known(NamedTuple):
    """What conditions may be of.

    Parameters
    ----------
    features, columns : mapping of str to str
        Names of features, and of columns beside them -> what their cells are on the page:
        ``"number"``, ``"time"``, ``"boolean"``, ``"category"``, or ``"absent"``.
    classes : collection of str
        Names of classes; none for a regression.
    n_rows : int
        Rows that were explained.
    ids : str
        What the ids of the rows are.
    with_data : bool
        The page holds predictions, outcomes and which rows belong to a group.
    words_are_numbered : bool
        Features are words of texts that are not shown: they have no names.
    """

    features: Mapping[str, str]
    columns: Mapping[str, str]
    classes: Collection[str]
    n_rows: int
    ids: str = "number"
    with_data: bool = True
    words_are_numbered: bool = False


class Given(NamedTuple):
    """Cohorts of a page.

    Parameters
    ----------
    specs : list of dict
        `CohortSpec` of the payload.
    columns : dict
        Columns that say which rows belong to a group, by name.
    n_left_out : int
        Groups by what the page does not hold.
    """

    specs: list[dict[str, Any]]
    columns: dict[str, Cells]
    n_left_out: int = 0


def given(cohorts: Any, known: Known) -> Given:
    """Check cohorts, and return them as the page reads them.

    Parameters
    ----------
    cohorts : list of dict, dict or None
        ``[{"name", "filter"}, ...]``, as the page's "Copy as JSON" writes them; or names with
        truth values, one per explained row, or positions of rows.
    known : Known
        What conditions may be of.

    Raises
    ------
    InvalidInputError
        A cohort is none of these, or asks for what is not there.
    LengthMismatchError
        Truth values are not one per explained row.
    """
    if cohorts is None:
        return Given([], {})
    if isinstance(cohorts, Mapping) and "filter" not in cohorts:
        found = _members(cohorts, known)
        return found if known.with_data else Given([], {}, len(found.specs))
    listed = [cohorts] if isinstance(cohorts, Mapping) else cohorts
    if isinstance(listed, str) or not isinstance(listed, Sequence):
        raise _refused("cohorts: a list of dictionaries, or one of names and rows", cohorts)
    specs = [_spec(item, known) for item in listed]
    held = [spec for spec in specs if _is_held(spec["filter"], known)]
    return Given(held, {}, len(specs) - len(held))


def _is_held(item: dict[str, Any], known: Known) -> bool:
    """Whether a page can apply a filter; one it cannot would but repeat cells that it hides."""
    if "not" in item:
        return _is_held(item["not"], known)
    for group in ("all", "any"):
        if group in item:
            return all(_is_held(part, known) for part in item[group])
    of = item["of"]
    if isinstance(of, str) or "probability" in of:
        return known.with_data or of == "id"
    return _kind(of, known) != "absent"


def _kind(of: Any, known: Known) -> str:
    """Return what a condition compares: numbers, times, truth values or labels, or nothing."""
    if isinstance(of, Mapping):
        if "feature" in of:
            return known.features[of["feature"]]
        return known.columns[of["column"]] if "column" in of else "number"
    if of == "id":
        return known.ids
    labelled = {"error", "correct"} | ({"predicted", "actual"} if known.classes else set())
    return "category" if of in labelled else "number"


def _refused(expected: str, got: Any, fix: str = _EXAMPLE) -> InvalidInputError:
    """Return the error about a part of a cohort, whose values are not told."""
    return InvalidInputError(expected, type(got).__name__, fix)


def _spec(item: Any, known: Known) -> dict[str, Any]:
    expected = 'each cohort to be a dictionary of "name" and "filter"'
    if not isinstance(item, Mapping):
        raise _refused(expected, item)
    if set(item) != {"name", "filter"}:
        raise mistaken.keys_error(expected, item, ("name", "filter"), _EXAMPLE)
    if not isinstance(item["name"], str) or not item["name"].strip():
        raise _refused("a cohort's name to be text", item["name"])
    return {"name": item["name"], "filter": _filter(item["filter"], known, 0)}


def _filter(item: Any, known: Known, depth: int) -> dict[str, Any]:
    if not isinstance(item, Mapping) or depth > _DEEPEST:
        raise _refused(f"a filter: a dictionary, at most {_DEEPEST} deep", item)
    group = next((name for name in _GROUPS if name in item), None)
    if group is None:
        return _condition(item, known)
    if len(item) > 1:
        raise InvalidInputError(
            f'a filter of "{group}" alone', ", ".join(map(str, item)), "Nest one in the other."
        )
    if group == "not":
        return {"not": _filter(item["not"], known, depth + 1)}
    if isinstance(item[group], str) or not isinstance(item[group], Sequence):
        raise _refused(f'"{group}" to be a list of filters', item[group])
    return {group: [_filter(part, known, depth + 1) for part in item[group]]}


def _condition(item: Mapping[str, Any], known: Known) -> dict[str, Any]:
    expected = f'a condition of "of", "is" (one of {", ".join(RELATIONS)}) and "value"'
    keys = ("of", "is", "value")
    if set(item) - set(keys) or not {"of", "is"} <= set(item):
        raise mistaken.keys_error(expected, item, keys, _EXAMPLE)
    if not isinstance(item["is"], str) or item["is"] not in RELATIONS:
        raise InvalidInputError(expected, f'"is" of {shown(item["is"])}', _EXAMPLE)
    made = {"of": _subject(item["of"], known), "is": item["is"]}
    if item["is"] in _COMPARISONS and _kind(made["of"], known) in {"category", "boolean"}:
        raise InvalidInputError(
            'a condition on labels or on a masked column to be "in", "not in", "missing" or '
            '"present"',
            f'"{item["is"]}"',
            "Labels and ranges have no order here; list those that belong to the group, or pass "
            "their rows: cohorts={name: rows}.",
        )
    if item["is"] in {"missing", "present"}:
        return made
    return made | {"value": _value(item["is"], item.get("value"))}


def _subject(of: Any, known: Known) -> Any:
    if isinstance(of, str) and of in _OUTCOMES:
        return of
    if isinstance(of, Mapping):
        names = {
            "feature": known.features, "column": known.columns, "attribution": known.features,
            "probability": known.classes,
        }  # fmt: skip
        kind = next((name for name in names if name in of), None)
        if kind is not None:
            _check_name(kind, str(of[kind]), known, names[kind])
            output = of.get("output")
            return {kind: str(of[kind])} | ({} if output is None else {"output": str(output)})
    raise _refused(
        f'"of" to be one of {", ".join(_OUTCOMES)}, or {{"feature": name}}, {{"column": name}}, '
        '{"attribution": name} or {"probability": class}',
        of,
    )


def _check_name(kind: str, name: str, known: Known, names: Collection[str]) -> None:
    if name not in names:
        what = {"column": "column of the cohort data", "probability": "class"}.get(kind, "feature")
        fix = "Look at its spelling."
        if known.words_are_numbered and what == "feature":
            fix = (
                "Show the texts: words of texts that are not shown are numbered, and no cohort can "
                "be of them."
            )
        raise InvalidInputError(f"the name of a {what}", f"{name!r}, which there is none of", fix)


def _value(relation: str, value: Any) -> Any:
    if relation in {"in", "not in"}:
        listed = [value] if isinstance(value, str | Real | np.generic) else value
        if isinstance(listed, Mapping) or not hasattr(listed, "__iter__"):
            raise _refused('"value" of "in" to be a list of labels or numbers', value)
        return [_plain(each) for each in listed]
    if relation == "between":
        bounds = list(value) if isinstance(value, Sequence | np.ndarray) else []
        if len(bounds) != 2 or not all(map(_is_number, bounds)):
            raise _refused('"value" of "between" to be two numbers', value)
        return [_number(bound) for bound in bounds]
    if not _is_number(value):
        raise _refused(f'"value" of "{relation}" to be a number', value)
    return _number(value)


def _is_number(value: Any) -> bool:
    is_time = isinstance(value, pd.Timestamp | np.datetime64)
    return is_time or (
        isinstance(value, Real) and not isinstance(value, bool) and bool(np.isfinite(float(value)))
    )


def _number(value: Any) -> float:
    """Return a number; of a time the milliseconds since 1970, as cells have them."""
    if isinstance(value, pd.Timestamp | np.datetime64):
        return float(pd.Timestamp(value).timestamp() * 1000)
    return float(value)


def _plain(value: Any) -> Any:
    """Return a label or a number fit for JSON; truth values by the name the page gives them."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    return _number(value) if _is_number(value) else str(value)


def _members(cohorts: Mapping[Any, Any], known: Known) -> Given:
    """Return groups of rows as columns of truth values and conditions on these."""
    specs, columns = [], {}
    for label, rows in cohorts.items():
        column = f"in cohort {label}"
        columns[column] = Cells("boolean", _mask(str(label), rows, known.n_rows))
        condition = {"of": {"column": column}, "is": "in", "value": ["True"]}
        specs.append({"name": str(label), "filter": condition})
    return Given(specs, columns)


def _mask(label: str, rows: Any, n_rows: int) -> Any:
    found = np.asarray(rows)
    if found.ndim != 1 or (found.dtype.kind not in "iub" and len(found)):
        raise mistaken.rows_error(label, rows)
    if found.dtype.kind == "b":
        if len(found) != n_rows:
            raise LengthMismatchError(
                f"cohort {label!r} with {n_rows} truth values, one per explained row",
                f"{len(found)}",
                "Make the mask from the rows that were explained.",
            )
        return found.astype(np.float64)
    places = found.astype(np.int64)
    if len(places) and not (places.min() >= 0 and places.max() < n_rows):
        raise InvalidInputError(
            f"cohort {label!r} of positions from 0 to {n_rows - 1}",
            "one beyond",
            "Count the explained rows from 0; pass a boolean mask to choose by their values.",
        )
    mask = np.zeros(n_rows)
    mask[places] = 1.0
    return mask
