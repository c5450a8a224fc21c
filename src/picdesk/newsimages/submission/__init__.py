"""Submissions of pictures to the benchmark: built from a run, and checked against every rule."""
