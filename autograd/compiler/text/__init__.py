"""Formulas written down as programs."""
