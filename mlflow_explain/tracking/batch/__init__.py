"""Rows of any number, explained chunk by chunk: what is read, scored and written."""

from __future__ import annotations
