"""Explains neural networks of PyTorch and Keras by their gradients."""

from __future__ import annotations
