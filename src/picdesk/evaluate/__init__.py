"""Measures of runs, and whether their differences mean something."""
