"""Encoders: pretrained transformer bodies found by name, checked by digest, and pruned."""
