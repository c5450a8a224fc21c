"""Measurements; each prints JSON lines with machine, data and command."""
