"""Prevalence: how common a frame is, by four estimators, with intervals over stories.

Quantiles come from scipy. ppi-python has the rectified mean of independent units drawn with equal
chances, and a test holds ours to it there; it knows no stories drawn whole, no ratios (voices) and
no error rates. QuaPy's quantifiers take one label a unit and give no interval over clusters, and
statsmodels has neither correction. So the estimators are written out here.
"""

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
