"""What users pass in: rows, models, Pipelines, and where engineered features come from."""

from __future__ import annotations
