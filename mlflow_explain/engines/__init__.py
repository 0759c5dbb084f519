"""The numerics: each engine attributes one family of models, exactly and on its own."""

from __future__ import annotations
