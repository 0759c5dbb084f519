"""Characters that belong to the one before them: accents, vowel signs, joiners."""

from __future__ import annotations

from unicodedata import category

# Where Unicode has combining marks; it has none before, between and after.
_PLANES = (range(0x300, 0x20000), range(0xE0100, 0xE01F0))
# What extends a character and is no mark: joiners, the "am" of Thai and Lao, tags of flags.
_OTHERS = "\u200c\u200d\u0e33\u0eb3\U000e0020-\U000e007f"


def _combining() -> str:
    """Return all combining marks, as they stand between the brackets of a regular expression."""
    found: list[list[int]] = []
    for code in (code for plane in _PLANES for code in plane):
        # The categories of marks: Mn, Mc and Me.
        if category(chr(code))[0] != "M":
            continue
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in found)


MARKS = _combining() + _OTHERS
