"""Prevalence: how common a frame is, by four estimators, with intervals over stories."""

from framing.prevalence.articles import ClusterTotals, article_shares
from framing.prevalence.error_rates import ErrorRates
from framing.prevalence.estimates import Contrast, Estimate, compare_estimates
from framing.prevalence.estimators import ESTIMATORS, estimate_shares, tune_predictions
from framing.prevalence.intervals import Shares
from framing.prevalence.units import CodedUnits, Domain, ScoredUnits

__all__ = [
    "ESTIMATORS",
    "ClusterTotals",
    "CodedUnits",
    "Contrast",
    "Domain",
    "ErrorRates",
    "Estimate",
    "ScoredUnits",
    "Shares",
    "article_shares",
    "compare_estimates",
    "estimate_shares",
    "tune_predictions",
]
