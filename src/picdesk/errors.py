"""Every error that Picdesk raises on purpose.

::

    PicdeskError                     exit code
    ├── NothingFound                 1    the answer is empty
    ├── ThresholdMissed              1    a result stays below a demanded threshold
    ├── InputError                   2    wrong usage or bad input
    │   ├── ArticleError             2    an article could not be read
    │   │   └── FetchError           2    a page could not be fetched
    │   ├── PhotoError               2    one photo could not be taken; in bulk it is recorded as refused
    │   ├── SourceError              2    a source of photos could not be read at all
    │   ├── FilterError              2    a search filter makes no sense
    │   └── ArchiveError             2    no archive there, or one that cannot be used like this
    │       ├── EncoderMismatch      2    the archive was filled with another encoder
    │       └── ArchiveDamaged       2    what is on disk contradicts the archive's promises
    ├── TrainingError                2    training cannot go on; the last good checkpoint is kept
    ├── MissingError                 3    something needed is not here
    │   ├── EncoderMissing           3    no such encoder, or its files are unusable
    │   ├── TranslatorMissing        3    no model or program translates these languages, or its files are unusable
    │   ├── ExtraMissing             3    an optional part is not installed
    │   ├── StorageUnavailable       3    an object store does not answer, or does not let us in
    │   ├── ClusterUnavailable       3    a cluster does not answer, or was lost
    │   └── ArchiveBusy              3    another process is writing
    └── Interrupted                  130  stopped by the user; a second run goes on

An error says what happened and to which item; ``hint`` says what to do next.
"""

from __future__ import annotations

from typing import ClassVar


class PicdeskError(Exception):
    """Root of the tree: a message, a hint, an exit code.

    Args:
        message: what happened, and to which item.
        hint: what the reader can do next; empty where nothing sensible can be said.
    """

    exit_code: ClassVar[int] = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class NothingFound(PicdeskError):
    """The answer is empty."""

    exit_code = 1


class ThresholdMissed(PicdeskError):
    """A result stays below a threshold that was demanded."""

    exit_code = 1


class InputError(PicdeskError):
    """Wrong usage or bad input."""


class ArticleError(InputError):
    """An article could not be read."""


class FetchError(ArticleError):
    """A page could not be fetched.

    Args:
        message: what happened, and to which address.
        hint: what the reader can do next.
        status: HTTP's code, where the server answered with one.
        transient: whether the same may go well later: too many requests, a server's fault, out of time, a connection
            refused or lost, no name server.
        wait: seconds that the server asks to be left alone (Retry-After).
    """

    def __init__(
        self,
        message: str,
        hint: str = "Save the page from a browser and give the file, or give the story's text.",
        *,
        status: int | None = None,
        transient: bool = False,
        wait: float | None = None,
    ) -> None:
        super().__init__(message, hint)
        self.status = status
        self.transient = transient
        self.wait = wait


class PhotoError(InputError):
    """One photo could not be taken; in bulk it is recorded as refused and the rest goes on."""


class SourceError(InputError):
    """A source of photos could not be read at all."""


class FilterError(InputError):
    """A search filter makes no sense."""


class ArchiveError(InputError):
    """There is no archive there, or it cannot be used like this."""


class EncoderMismatch(ArchiveError):
    """The archive was filled with another encoder than the one given."""


class ArchiveDamaged(ArchiveError):
    """What is on disk contradicts what an archive promises."""


class TrainingError(PicdeskError):
    """Training cannot go on; the last good checkpoint is kept."""


class MissingError(PicdeskError):
    """Something needed is not here: a model, an extra, a free archive."""

    exit_code = 3


class EncoderMissing(MissingError):
    """No such encoder, or its files are unusable."""


class TranslatorMissing(MissingError):
    """No model or program is here that translates this pair of languages, or its files are unusable."""


class ExtraMissing(MissingError):
    """An optional part of Picdesk is not installed."""


class StorageUnavailable(MissingError):
    """An object store does not answer, or does not let us in."""


class ClusterUnavailable(MissingError):
    """A cluster does not answer, or was lost; what was committed is kept."""


class ArchiveBusy(MissingError):
    """Another process is writing to the archive."""


class Interrupted(PicdeskError):
    """Stopped by the user; what was done is kept and a second run goes on."""

    exit_code = 130
