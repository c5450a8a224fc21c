"""Without addresses of the web."""

from __future__ import annotations

import re

from picdesk.articles.normalise.normaliser import Normaliser

_URL = re.compile(
    r"(?:https?://|www\.)[^\s<>\"“”]*[^\s<>\"“”.,;:!?'’)\]]"
    r"|\b(?:t\.co|bit\.ly|buff\.ly|ow\.ly|dlvr\.it|tinyurl\.com|goo\.gl|youtu\.be|pic\.twitter\.com)/\w+",
    re.IGNORECASE,
)

drop_urls = Normaliser("urls", "web addresses left out", lambda text, _: _URL.sub(" ", text))
