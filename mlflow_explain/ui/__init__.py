"""`mlflow-explain ui`: the explanations of a tracking store in a browser, on this machine only."""

from __future__ import annotations
