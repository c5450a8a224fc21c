"""Headings under which ``picdesk --help`` lists the verbs, in this order."""

START = "Start here"
ARCHIVES = "Archives of photos"
STORIES = "Photos for stories"
ENCODERS = "Encoders"
SCORES = "Runs, scores and ratings"
