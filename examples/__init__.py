"""Runnable examples on real data."""

from __future__ import annotations
