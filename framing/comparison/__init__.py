"""Comparison: shares of frames by group, and differences between groups that stand up."""
