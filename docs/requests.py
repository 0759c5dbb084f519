"""Odd requests and what they get: a table that tests ask and `docs/requests.md` shows.

Run to write the table on that page anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

PAGE = Path(__file__).with_suffix(".md")
JSON, CSV, PARQUET = "application/json", "text/csv", "application/vnd.apache.parquet"
# As the pairs that are asked are logged: `save_model(..., max_explained_rows=MAX_ROWS)`.
MAX_ROWS = 10_000
# Deeper than Python's parser goes.
_DEPTH = 100_000
# A value of the rows asked about, as replies that repeat rows show it.
VALUE = "0.7967"

Split = dict[str, Any]


@dataclass(frozen=True)
class Odd:
    """One odd request to the mortgage model, and its answer.

    Parameters
    ----------
    fault : int
        Its number in the list of bad input.
    words : str
        What is odd about it.
    make : callable
        Makes the body of two good rows, as ``{"columns": ..., "data": ...}``.
    status : int
        Of the answer.
    code : str or None
        `error_code` of the answer; None where it has none.
    by : str
        Who decides.
    says : str
        Part of the message; our own messages are here in full.
    repeats : str
        What the message repeats of the request: MLflow's doing, and none of ours.
    traced : bool
        Whether MLflow's answer carries a stack trace.
    kind : str or None
        Content type of the request.
    """

    fault: int
    words: str
    make: Callable[[Split], str | bytes]
    status: int = 400
    code: str | None = "BAD_REQUEST"
    by: str = "MLflow"
    says: str = ""
    repeats: str = ""
    traced: bool = False
    kind: str | None = JSON

    def __str__(self) -> str:
        """Return its number and its words."""
        return f"{self.fault} {self.words}"

    def body(self, split: Split) -> bytes:
        """Return the body of the request, made of good rows."""
        made = self.make(split)
        return made if isinstance(made, bytes) else made.encode()

    @property
    def headers(self) -> dict[str, str]:
        """Headers of the request."""
        return {} if self.kind is None else {"Content-Type": self.kind}


def split_of(rows: pd.DataFrame) -> Split:
    """Return rows as ``{"columns": ..., "data": ...}``, with every digit."""
    plain = rows.astype(object).where(rows.notna(), None)
    split: Split = plain.to_dict(orient="split", index=False)
    return split


def body_of(split: Split, params: Any = None) -> str:
    """Return the body of a good request."""
    return json.dumps({"dataframe_split": split} | ({} if params is None else {"params": params}))


def _constant(body: str | bytes) -> Callable[[Split], str | bytes]:
    return lambda _: body


def _with_params(params: Any) -> Callable[[Split], str]:
    return lambda split: json.dumps({"dataframe_split": split, "params": params})


def _with_cell(column: str, value: Any) -> Callable[[Split], str]:
    """Return a maker of rows of which the first has another value; text is put in as JSON."""

    def make(split: Split) -> str:
        at = split["columns"].index(column)
        row = [*split["data"][0]]
        row[at] = "here"
        text = body_of({**split, "data": [row, *split["data"][1:]]})
        return text.replace('"here"', value)

    return make


def _with_column(name: str, split: Split) -> Split:
    columns = [*split["columns"], name]
    return {"columns": columns, "data": [[*row, 1.0] for row in split["data"]]}


def _csv(split: Split) -> str:
    lines = [split["columns"], *split["data"]]
    return "".join(",".join(map(str, line)) + "\n" for line in lines)


def _ragged(split: Split, change: Callable[[list[Any]], list[Any]]) -> str:
    *others, last = split["data"]
    return body_of({**split, "data": [*others, change(last)]})


def _repeated_key(split: Split) -> str:
    record = dict(zip(split["columns"], split["data"][0], strict=True))
    return f'{{"dataframe_records": [{json.dumps(record)[:-1]}, "dir": 1.0}}]}}'


def _many(split: Split) -> str:
    return body_of({**split, "data": [split["data"][0]] * (MAX_ROWS + 1)})


_INVALID = "INVALID_PARAMETER_VALUE"
_US = "mlflow-explain"
_FORMATS = "exactly one of the input fields"
_UNHANDLED = "Internal Server Error"
_OURS: Mapping[str, Any] = {"code": _INVALID, "by": _US, "repeats": VALUE}
_FINE: Mapping[str, Any] = {"status": 200, "code": None}

ODD = (
    Odd(
        47, "malformed JSON", lambda s: body_of(s)[:-1],
        says="Ensure that input is a valid JSON formatted string", repeats=VALUE,
    ),
    Odd(48, "no body", _constant(""), says="Expecting value: line 1 column 1 (char 0)"),
    *(
        Odd(49, f"`{text}` as the whole body", _constant(text), says=says)
        for text, says in (
            ("null", "Received unexpected input type '<class 'NoneType'>"),
            ("[]", "Received a list"),
            ("3", "Received unexpected input type '<class 'int'>"),
        )
    ),
    Odd(
        50, "two formats of rows in one body",
        lambda s: json.dumps({"dataframe_split": s, "dataframe_records": []}), says=_FORMATS,
    ),
    Odd(50, "no format of rows in the body", _constant('{"rows": []}'), says=_FORMATS),
    Odd(51, "no `Content-Type`", body_of, 500, None, says=_UNHANDLED, kind=None),
    Odd(
        52, "`Content-Type: text/plain`", body_of, 415, None,
        says="only supports the following content types", kind="text/plain",
    ),
    Odd(
        52, "another charset than UTF-8", body_of, 415, None,
        says="only supports UTF-8", kind=f"{JSON}; charset=latin-1",
    ),
    Odd(
        53, "JSON that is not UTF-8", lambda s: body_of(s).encode() + b"\xff",
        says="invalid start byte", repeats=VALUE,
    ),
    Odd(
        53, "CSV that is not UTF-8", lambda s: _csv(s).encode() + b"\xff",
        says="Ensure that input is a valid UTF-8 encoded string", repeats=VALUE, kind=CSV,
    ),
    Odd(
        53, "parquet that is none", _constant(b"PAR1 and no more"), traced=True,
        says="Failed to parse input as a Pandas DataFrame", kind=PARQUET,
    ),
    Odd(
        54, "lists nested 100,000 deep", _constant("[" * _DEPTH + "]" * _DEPTH), 500, None,
        says=_UNHANDLED,
    ),
    Odd(
        55, "a column is missing",
        lambda s: body_of({"columns": s["columns"][1:], "data": [row[1:] for row in s["data"]]}),
        code=_INVALID, says="Model is missing inputs ['dir']", repeats=VALUE,
    ),
    Odd(
        56, "one more column, which is left out",
        lambda s: body_of(_with_column("more", s)), **_FINE,
    ),
    Odd(
        58, "text where the signature has a number", _with_cell("dir", '"a lot"'),
        says="Failed to convert column dir to type 'float64'", repeats="a lot",
    ),
    Odd(58, "a number as text, which is taken for it", _with_cell("dir", '"0.42"'), **_FINE),
    Odd(59, "a category the model never saw", _with_cell("pbcr", '"perhaps"'), **_FINE),
    Odd(59, "`null` in a column that may have gaps", _with_cell("dir", "null"), **_FINE),
    *(
        Odd(
            61, f"`{text}` in a column of numbers", _with_cell("dir", text), **_OURS,
            says="finite numbers or nulls in column dir",
        )
        for text in ("Infinity", "-Infinity", "1e999")
    ),
    Odd(62, "columns and no row", lambda s: body_of({**s, "data": []}), **_FINE, by=_US),
    Odd(62, "CSV with a header only", lambda s: _csv({**s, "data": []}), **_FINE, by=_US, kind=CSV),
    Odd(
        62, "an empty list of records", _constant('{"dataframe_records": []}'),
        code=_INVALID, says="Model is missing inputs",
    ),
    Odd(
        62, "an empty CSV", _constant(""), traced=True, kind=CSV,
        says="No columns to parse from file",
    ),
    Odd(
        63, "a row with a value too many", lambda s: _ragged(s, lambda row: [*row, 1]),
        says="11 columns passed, passed data had 12 columns",
    ),
    Odd(
        63, "a row with a value too few, where the last column is a whole number",
        lambda s: _ragged(s, lambda row: row[:-1]),
        says="Failed to convert column comdominiom to type 'int64'",
    ),
    Odd(
        63, "CSV with a value too many in a row", lambda s: _csv(s).rstrip() + ",1\n",
        says="Expected 11 fields in line 3, saw 12", traced=True, kind=CSV,
    ),
    Odd(
        64, "a column twice", lambda s: body_of(_with_column("dir", s)),
        code=_INVALID, says="'DataFrame' object has no attribute 'dtype'", repeats=VALUE,
    ),
    Odd(
        64, "a column twice in CSV: the first counts",
        lambda s: _csv(_with_column("dir", s)), **_FINE, kind=CSV,
    ),
    Odd(64, "a key twice in a record: the last counts", _repeated_key, **_FINE),
    Odd(
        65, f"{MAX_ROWS + 1:,} rows, logged with `max_explained_rows={MAX_ROWS}`", _many, **_OURS,
        says="rows in a request with importances (max_explained_rows)",
    ),
    Odd(
        67, "`params` that are a list", _with_params([1]), code=_INVALID,
        says="Parameters must be a dictionary. Got type 'list'", repeats=VALUE,
    ),
    Odd(
        67, '`"top_k": "a"`', _with_params({"top_k": "a"}), code=_INVALID, repeats=VALUE,
        says="Can not safely convert `<class 'str'>` to `DataType.long`",
    ),
    Odd(
        67, '`"top_k": NaN`', _with_params({"top_k": float("nan")}), code=_INVALID, repeats=VALUE,
        says="Can not safely convert `<class 'float'>` to `DataType.long`",
    ),
    Odd(67, '`"top_k": -1`', _with_params({"top_k": -1}), **_OURS, says="`top_k`"),
    Odd(67, '`"top_k": null`', _with_params({"top_k": None}), **_OURS, says="`top_k`"),
    Odd(67, '`"output": "perhaps"`', _with_params({"output": "perhaps"}), **_OURS, says="`output`"),
    Odd(
        67, '`"top_k": 1000000000`, which is all of them', _with_params({"top_k": 10**9}), **_FINE,
        by=_US,
    ),
    Odd(67, "an unknown parameter, which is dropped", _with_params({"method": "x"}), **_FINE),
)  # fmt: skip


# Of a model of a list of texts, whose column is `text`.
TEXT_ODD: tuple[Odd, ...] = (
    Odd(
        55, "no column of texts", lambda s: body_of({**s, "columns": ["words"]}), code=_INVALID,
        says="Model is missing inputs ['text']", repeats=VALUE,
    ),
    Odd(
        56, "one more column, which is left out", lambda s: body_of(_with_column("more", s)),
        **_FINE,
    ),
    Odd(
        58, "a number among texts", _with_cell("text", "12.5"), code=_INVALID, by=_US,
        says="text in every row of column text", repeats="12.5",
    ),
    Odd(
        59, "`null` for a text", _with_cell("text", "null"), code=_INVALID, by=_US,
        says="text in every row of column text", repeats="NaN",
    ),
    Odd(59, "an empty text", _with_cell("text", '""'), **_FINE, by=_US),
    Odd(
        59, "CSV with an empty cell, which is read as a gap", lambda s: _csv(s) + '""\n',
        code=_INVALID, by=_US, says="text in every row of column text", repeats=VALUE, kind=CSV,
    ),
    Odd(67, '`"raw": false`: words have no other features', _with_params({"raw": False}), **_FINE),
)  # fmt: skip


def numbered(*faults: int) -> list[Odd]:
    """Return the requests of some numbers of the list of bad input."""
    return [odd for odd in ODD if odd.fault in faults]


def table(rows: Sequence[Odd] = ODD) -> str:
    """Return a table as Markdown."""
    lines = [
        "| request | answer | decided by | the message says | MLflow repeats |",
        "| --- | --- | --- | --- | --- |",
    ]
    for odd in rows:
        answer = f"{odd.status} `{odd.code}`" if odd.code else str(odd.status)
        says = f"`` {odd.says} ``" if odd.says else ""
        lines.append(f"| {odd.words} | {answer} | {odd.by} | {says} | {_repeated(odd)} |")
    return "\n".join(lines)


def _repeated(odd: Odd) -> str:
    rows = "the rows" if odd.repeats == VALUE else "the value"
    return ", ".join([rows] * bool(odd.repeats) + ["a stack trace"] * odd.traced)


def written(page: str) -> str:
    """Return the page with its tables as they are now."""
    for name, rows in {"table": ODD, "table of texts": TEXT_ODD}.items():
        before, _, rest = page.partition(f"<!-- {name} -->\n")
        _, _, after = rest.partition(f"<!-- end of {name} -->")
        page = f"{before}<!-- {name} -->\n{table(rows)}\n<!-- end of {name} -->{after}"
    return page


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
