"""The page, the report and the notebook table of an explanation."""

from __future__ import annotations
