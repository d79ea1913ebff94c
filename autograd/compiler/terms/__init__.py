"""Formulas of which no two are alike, simplified and differentiated."""
