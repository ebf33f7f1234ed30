"""Segmentation: text into units (sentences) that know their place in it."""

from __future__ import annotations

from framing.segmentation.splitter import split_units
from framing.segmentation.unit import Unit

__all__ = ["Unit", "split_units"]
