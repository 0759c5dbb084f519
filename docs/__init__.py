"""What the documents hold that is made from the code."""

from __future__ import annotations
