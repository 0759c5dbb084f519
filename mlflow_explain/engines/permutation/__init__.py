"""Permutation feature importance: how much worse a model is where a column is shuffled."""

from __future__ import annotations
