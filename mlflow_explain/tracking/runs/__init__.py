"""Explanations kept with runs: what is sent, what is found, and the store between."""

from __future__ import annotations
