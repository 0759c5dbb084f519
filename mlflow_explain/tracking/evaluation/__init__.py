"""What the evaluator does, by what it is given."""

from __future__ import annotations
