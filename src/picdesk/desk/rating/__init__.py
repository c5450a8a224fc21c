"""The pages of a blind study: each rater has a link, and sees the own questions one after another."""
