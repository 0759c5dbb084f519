"""Explains a surrogate in a model's place: columns as numbers, the surrogate's own engine."""

from __future__ import annotations
