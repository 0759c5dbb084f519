"""The block a page carries: gzip of JSON and binary sections; see `container.ts`.

Unpacked, it is a little-endian u32 with the length of the JSON, the JSON, padded with spaces so
that sections begin at a multiple of eight, and the sections its ``arrays`` names.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import struct
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mlflow_explain._typing import AnyArray

# Types of arrays a browser has -> what a section calls them.
DTYPES = {
    "uint8": "u8", "uint16": "u16", "uint32": "u32", "int8": "i8", "int16": "i16", "int32": "i32",
    "float32": "f32", "float64": "f64",
}  # fmt: skip
_ALIGNED = 8
# The highest level makes it 0.3 % smaller, in three times the time.
_LEVEL = 6


@dataclass(slots=True)
class Arrays:
    """Named arrays on their way into a block.

    Parameters
    ----------
    known : dict
        Name -> array of a type in `DTYPES`.
    digests : dict
        Digest of an array's content -> its name.
    """

    known: dict[str, AnyArray] = field(default_factory=dict)
    digests: dict[bytes, str] = field(default_factory=dict)

    def add(self, name: str, array: AnyArray) -> str:
        """Add an array under a name; one that is there already is not added again.

        Returns
        -------
        str
            The name under which it is there.
        """
        flat = np.ascontiguousarray(array).ravel()
        digest = hashlib.sha256(flat.dtype.str.encode() + flat.tobytes()).digest()
        found = self.digests.setdefault(digest, name)
        self.known.setdefault(found, flat)
        return found

    def update(self, arrays: Mapping[str, AnyArray]) -> None:
        """Add arrays whose names are their own already."""
        for name, array in arrays.items():
            self.known[name] = np.ascontiguousarray(array).ravel()


def codes_type(n_codes: int) -> Any:
    """Return the smallest unsigned type for so many codes and the one that says missing."""
    return np.uint8 if n_codes < 2**8 else np.uint16 if n_codes < 2**16 else np.uint32


def packed(payload: Mapping[str, Any], arrays: Mapping[str, AnyArray]) -> bytes:
    """Return the unpacked block: the same input makes the same bytes."""
    sections, parts, offset = {}, [], 0
    for name, array in arrays.items():
        little = array.astype(array.dtype.newbyteorder("<"), copy=False)
        shuffled = array.itemsize > 1
        content = _planes(little) if shuffled else little.tobytes()
        sections[name] = {
            "dtype": DTYPES[array.dtype.name],
            "length": len(array),
            "offset": offset,
            "shuffled": shuffled,
        }
        gap = -len(content) % _ALIGNED
        parts += [content, bytes(gap)]
        offset += len(content) + gap
    text = json.dumps({**payload, "arrays": sections}, allow_nan=False, separators=(",", ":"))
    document = text.encode("ascii")
    document += b" " * (-(4 + len(document)) % _ALIGNED)
    return b"".join([struct.pack("<I", len(document)), document, *parts])


def _planes(array: AnyArray) -> bytes:
    """Return the first bytes of all elements, then the second ones...: they are alike."""
    return array.view(np.uint8).reshape(len(array), array.itemsize).T.tobytes()


def zipped(block: bytes) -> bytes:
    """Return a block as gzip, without a time."""
    return gzip.compress(block, compresslevel=_LEVEL, mtime=0)
