"""Explains a network of attention in a model's place: one that reads words, then sentences."""

from __future__ import annotations
