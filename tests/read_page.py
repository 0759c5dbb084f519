"""A small reader of pages, as the page's own `container.ts` and `page.ts` read them."""

from __future__ import annotations

import base64
import gzip
import json
import re
import struct
from typing import Any

import numpy as np

DTYPES = {
    "u8": np.uint8, "u16": np.uint16, "u32": np.uint32, "i8": np.int8, "i16": np.int16,
    "i32": np.int32, "f32": np.float32, "f64": np.float64,
}  # fmt: skip
BLOCK = re.compile(r'<script type="application/octet-stream" id="mlx-data">([^<]*)</script>')


class ReadPage:
    """The block of a page, unpacked."""

    def __init__(self, page: str) -> None:
        (text,) = BLOCK.findall(page)
        content = gzip.decompress(base64.b64decode(text, validate=True))
        (length,) = struct.unpack("<I", content[:4])
        assert (4 + length) % 8 == 0
        self.json = content[4 : 4 + length].decode("utf-8")
        self.payload: dict[str, Any] = json.loads(self.json, parse_constant=_refuse)
        self._sections = content[4 + length :]

    def array(self, name: str) -> Any:
        """Return an array by its name."""
        section = self.payload["arrays"][name]
        dtype = np.dtype(DTYPES[section["dtype"]])
        assert section["offset"] % 8 == 0
        size = section["length"] * dtype.itemsize
        content = self._sections[section["offset"] : section["offset"] + size]
        if section["shuffled"]:
            planes = np.frombuffer(content, np.uint8).reshape(dtype.itemsize, section["length"])
            content = planes.T.tobytes()
        return np.frombuffer(content, dtype)

    def numbers(self, column: dict[str, Any]) -> Any:
        """Return a column's cells as numbers or codes, NaN where missing."""
        assert "absent" not in column, column["absent"]
        cells = self.array(column["array"])
        if column["type"] not in {"category", "boolean"} and "dictionary" not in column:
            return cells.astype(np.float64)
        missing = cells == np.iinfo(cells.dtype).max
        values = cells.astype(np.float64)
        if "dictionary" in column:
            known = self.array(column["dictionary"])
            values = np.append(known, np.nan)[np.where(missing, len(known), cells)]
        return np.where(missing, np.nan, values)

    def texts(self, column: dict[str, Any]) -> list[str | None]:
        """Return a category's cells as texts, None where missing."""
        labels = column["values"]
        return [None if np.isnan(code) else labels[int(code)] for code in self.numbers(column)]

    def column(self, name: str, view: int = 0) -> dict[str, Any]:
        """Return a feature's column."""
        columns = self.payload["views"][view]["columns"]
        found: dict[str, Any] = next(each for each in columns if each["name"] == name)
        return found

    def attributions(self, view: int = 0) -> Any:
        """Return attributions (outputs, kept features, rows), NaN where unknown."""
        local = self.payload["views"][view]["local"]
        scale = np.array(local["scale"])
        codes = self.array(local["array"]).reshape(*scale.shape, -1)
        return np.where(codes == -32768, np.nan, codes * scale[:, :, None])

    def outcome(self, name: str) -> Any:
        """Return predictions or outcomes: class numbers or values, NaN where unknown."""
        values = self.array(self.payload["rows"][name])
        if values.dtype.kind == "f":
            return values
        return np.where(values == np.iinfo(values.dtype).max, np.nan, values.astype(float))


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")
