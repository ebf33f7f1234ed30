"""Comparison: shares of frames by group, and differences between groups that stand up."""

from framing.comparison.coded_sample import join_sample
from framing.comparison.comparing import Comparer
from framing.comparison.result import Comparison
from framing.comparison.scored_text import ScoredText, find_scored_stories, read_scored_text
from framing.comparison.settings import Settings
from framing.comparison.summary import compare_groups, measure_mix, measure_voices
from framing.comparison.tables import render_comparison, write_comparison

__all__ = [
    "Comparer",
    "Comparison",
    "ScoredText",
    "Settings",
    "compare_groups",
    "find_scored_stories",
    "join_sample",
    "measure_mix",
    "measure_voices",
    "read_scored_text",
    "render_comparison",
    "write_comparison",
]
