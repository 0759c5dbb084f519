"""Local surrogates: a weighted linear model around each row, all rows fitted together."""

from __future__ import annotations
