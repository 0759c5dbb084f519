"""Vectors of words from a text file, as GloVe's are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mlflow_explain.data.arguments import shown
from mlflow_explain.errors import InvalidInputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mlflow_explain._typing import FloatArray
    from mlflow_explain.engines.text.han.vocabulary import Vocabulary

# Of size; those of GloVe are below 10. What a network learns of larger ones is no number.
_LARGEST = 1e6
_FORM = "a word and its numbers, separated by single spaces, as many on each line as on the first"


def vectors_of(path: Any, vocabulary: Vocabulary) -> FloatArray | None:
    """Return vectors of known words from a file of GloVe's form.

    Each line is a word and its numbers: Pennington, Socher and Manning 2014,
    https://doi.org/10.3115/v1/D14-1162. A first line of two whole numbers is a header, as those of
    word2vec and fastText: how many words, and of how many numbers.

    Parameters
    ----------
    path : str, Path or None
        The file, in UTF-8.
    vocabulary : Vocabulary
        The words to find.

    Returns
    -------
    ndarray of shape (n_words, n_dimensions) or None
        NaN of what the file has not. None without a file.

    Raises
    ------
    InvalidInputError
        There is no such file, it is empty, a line of it is malformed, or a number of a known word
        is above a million in size.
    """
    if path is None:
        return None
    if not isinstance(path, str | Path):
        raise InvalidInputError("word_vectors: the path of a file", shown(path), "Pass its path.")
    found: FloatArray | None = None
    first = vocabulary.size - len(vocabulary.words)
    number = {word: at for at, word in enumerate(vocabulary.words, start=first)}
    for line, word, numbers in _lines(Path(path)):
        if found is None:
            found = np.full((vocabulary.size, len(numbers)), np.nan)
        at = number.get(word)
        if at is None or np.isfinite(found[at, 0]):
            # Of no interest, or known from a line before.
            continue
        found[at] = _floats(numbers, line)
    if found is None:
        raise InvalidInputError(f"word_vectors: {_FORM}", "an empty file", "Pass another file.")
    return found


def _lines(path: Path) -> Iterator[tuple[int, str, Sequence[str]]]:
    """Yield number, word and numbers of each line; those of the first line are checked."""
    count = blank = 0
    for line, text in _read(path):
        fields = text.rstrip().split(" ")
        if line == 1 and len(fields) == 2 and all(field.isdecimal() for field in fields):
            count = int(fields[1])
            continue
        if fields == [""] and count:
            # There may be some in the end.
            blank = blank or line
            continue
        is_first, count = not count, count or len(fields) - 1
        # A word may have spaces itself, but what is before the numbers is none.
        more = fields[1 : len(fields) - count]
        if blank or count < 1 or len(fields) <= count or any(_is_number(each) for each in more):
            raise _malformed(blank or line)
        if is_first:
            _floats(fields[1:], line)
        yield line, " ".join(fields[: len(fields) - count]), fields[-count:]


def _read(path: Path) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line."""
    try:
        file = path.open(encoding="utf-8-sig", newline="\n")
    except (OSError, ValueError) as error:
        raise InvalidInputError(
            "word_vectors: the path of a file", type(error).__name__, "Pass the path of a file."
        ) from error
    with file:
        try:
            yield from enumerate(file, start=1)
        except UnicodeDecodeError:
            raise InvalidInputError(
                "word_vectors: a file in UTF-8", "another encoding", "Convert it."
            ) from None


def _floats(numbers: Sequence[str], line: int) -> FloatArray:
    try:
        found = np.array([float(number) for number in numbers])
    except ValueError:
        # The cause repeats the line, so it is not chained.
        raise _malformed(line) from None
    if not np.isfinite(found).all():
        raise _malformed(line)
    if np.abs(found).max(initial=0.0) > _LARGEST:
        raise InvalidInputError(
            f"word_vectors: numbers from {-_LARGEST:,.0f} to {_LARGEST:,.0f}",
            f"a larger one in line {line}",
            "Mend the line, or take it out.",
        )
    return found


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return True


def _malformed(line: int) -> InvalidInputError:
    return InvalidInputError(
        f"word_vectors: {_FORM}", f"another line {line}", "Mend the line, or take it out."
    )
