"""MLflow's edge: with the command line, the only layer that speaks to it."""

from __future__ import annotations
