"""Explains any model by asking it: Kernel SHAP over the whole background."""

from __future__ import annotations
