"""The report: one HTML page of a comparison that opens anywhere and loads nothing."""

from framing.report.data import Method, ReportData
from framing.report.page import render_report, write_report

__all__ = ["Method", "ReportData", "render_report", "write_report"]
