"""Models of models: simple ones, fitted to the answers of another, that engines explain."""

from __future__ import annotations
