"""Coding: standoff codes and what people and models did with them."""
