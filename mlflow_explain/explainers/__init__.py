"""What users call: a model and rows in, one `Explanation` out."""

from __future__ import annotations
