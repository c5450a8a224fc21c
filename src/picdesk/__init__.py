"""Picdesk finds the picture for a news story."""
