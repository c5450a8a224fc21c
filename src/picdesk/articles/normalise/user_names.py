"""User names of tweets as words."""

from __future__ import annotations

import re

from picdesk.articles.normalise.hashtags import split_joined
from picdesk.articles.normalise.normaliser import Normaliser

_USER = re.compile(r"(?<![\w@/.])@(\w{1,30})\b")


def _as_words(text: str, _: str) -> str:
    """Write "@realDonaldTrump" as "real Donald Trump": who is meant helps to find a photo, a placeholder does not."""
    return _USER.sub(lambda user: split_joined(user[1], segment=False), text)


split_user_names = Normaliser("user-names", "user names split at capitals", _as_words)
