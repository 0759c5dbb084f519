"""The light explainer that is registered and served, and the reply it gives."""

from __future__ import annotations
