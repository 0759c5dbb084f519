"""Pictures of explanations, by matplotlib."""

from __future__ import annotations
