"""Where a text's sentences end, by rules that need no model.

In doubt two sentences stay one: whoever fits sentences into a limit loses less by that than by a cut inside one.
"""

from __future__ import annotations

import re

_CLOSERS = r"[\"'”’»›)\]}」』）】〉》]*+"
_SPACED = r".!?…؟۔։።।॥။"
_UNSPACED = r"。！？｡"  # Chinese and Japanese leave no space between sentences
_END = re.compile(
    # Without the look behind, a row of full stops would be read again from each of them.
    rf"(?<![{_SPACED}])(?P<stops>[{_SPACED}]++){_CLOSERS}\s++"
    rf"|[{_UNSPACED}]++{_CLOSERS}\s*+"
    r"|\n[^\S\n]*+\n\s*+"
)
_LONGEST_ABBREVIATION = 12
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\[{\"'“‘„«¿¡-])"
    r"(?:\w(?:\.\w)*|\d\d"  # initials (J. K., U.S., z.B.) and ordinals (am 3. Oktober)
    r"|mr|mrs|ms|mx|dr|prof|st|jr|sr|rev|hon|gen|col|maj|capt|lt|sgt|cpl|sen|rep|gov|pres|supt|det|messrs"
    r"|no|nos|vs|vol|fig|pp|ed|eds|approx|est|dept|univ|assn|bros|mt|ft|ave|blvd|etc"
    r"|jan|feb|mar|apr|jun|jul|aug|sep|sept|oct|nov|dec|mon|tue|tues|wed|thu|thurs|fri|sat"
    r"|nr|hr|fr|bzw|ca|evtl|ggf|inkl|usw|vgl|str|abs|mio|mrd|bspw|sog|dipl|ing|geb|gest"
    r"|kl|dvs|dhr|mevr|mme|mlle|mm|av|env|sra|srta|dra|ud|uds|núm|pág|sig|dott|avv)$",
    re.IGNORECASE,
)


def sentences(text: str) -> list[str]:
    """Divide a text into its sentences.

    A sentence ends with a full stop, question or exclamation mark (Latin, Arabic, Urdu, Armenian, Ethiopic, Devanagari,
    Burmese) before a space that no lower-case letter follows, with a Chinese or Japanese one, or with an empty line.
    No sentence ends after an initial, an ordinal or a usual abbreviation.

    Returns:
        The sentences, each with the white space behind it: joined they are the text again. None is blank, unless the
        whole text is.
    """
    found = []
    start = 0
    for match in _END.finditer(text):
        if _ends(text, start, match):
            found.append(text[start : match.end()])
            start = match.end()
    return [*found, text[start:]] if start < len(text) else found


def _ends(text: str, start: int, match: re.Match[str]) -> bool:
    stops = match["stops"]
    if not text[start : match.start()].strip():
        return stops is None and not match[0].isspace()
    if stops is None or match[0].count("\n") > 1:
        return True
    if text[match.end() : match.end() + 1].islower():
        return False
    before = text[max(start, match.start() - _LONGEST_ABBREVIATION) : match.start()]
    return stops != "." or _ABBREVIATION.search(before) is None


def ends_in_abbreviation(text: str) -> bool:
    """Whether the full stop at the end of a text is that of an initial, an ordinal or a usual abbreviation.

    >>> ends_in_abbreviation("Then came Dr.")
    True
    """
    text = text.rstrip()
    return text.endswith(".") and _ABBREVIATION.search(text[-_LONGEST_ABBREVIATION - 1 : -1]) is not None
