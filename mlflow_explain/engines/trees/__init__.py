"""Exact attributions of trees: readers of every library's trees, and compiled kernels over them."""

from __future__ import annotations
