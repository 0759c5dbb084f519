"""How-tos: each script teaches one use of mlflow-explain, and is the source of its notebook."""

from __future__ import annotations
