"""What MLflow's pages show of an explanation: runs, logged models, registered versions."""

from __future__ import annotations
