"""Encoders between encoders: weights interpolated (WiSE-FT) or averaged (model soups)."""
