"""Keep Pillow's remarks about broken files out of the user's sight: a refused photo says its reason itself."""

from __future__ import annotations

import logging
import re
import warnings

_PILLOW = r"PIL\."
_QUIET = ("ignore", None, Warning, re.compile(_PILLOW), 0)

# Without a handler of its own or the application's, Pillow's log of broken files would go to stderr.
logging.getLogger("PIL").addHandler(logging.NullHandler())


def quiet_pillow() -> None:
    """Ignore, from now on and in every thread, the warnings that Pillow's own modules issue.

    ``warnings.catch_warnings`` swaps state that all threads share, so a filter is put in place once instead. It is put
    back where other code has since laid its own filters over it. Warnings about a caller's use of Pillow (such as
    deprecations) are attributed to the caller's module and stay.
    """
    if not warnings.filters or warnings.filters[0] != _QUIET:
        warnings.filterwarnings("ignore", category=Warning, module=_PILLOW)
