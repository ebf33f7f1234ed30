"""Furniture: the parts of a pasted page that are no part of the article, each with its rule."""

from __future__ import annotations

from framing.articles.furniture.finder import Removal, find_furniture

__all__ = ["Removal", "find_furniture"]
