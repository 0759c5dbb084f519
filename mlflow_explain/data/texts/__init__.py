"""Texts as users pass them: a list of them, or a column of a table; their sentences and tokens."""

from __future__ import annotations
