"""Logged models: addresses, the user's model inside ours, what is served."""

from __future__ import annotations
