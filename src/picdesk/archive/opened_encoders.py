"""The encoders that an archive is used with, each loaded once."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

from picdesk.errors import MissingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from picdesk.archive.store import Store
    from picdesk.encoders import Encoder


class OpenedEncoders:
    """Those that were asked for, else those that filled the archive.

    Args:
        asked: names or folders; empty for those that filled the archive.
        store: gives the archive, or ``None`` while there is none.
        dressed: what is used in an encoder's stead, such as one that remembers texts.
    """

    def __init__(
        self,
        asked: Sequence[str],
        store: Callable[[], Store | None],
        dressed: Callable[[Encoder], Encoder] = lambda encoder: encoder,
    ) -> None:
        self._asked = tuple(asked)
        self._store = store
        self._dressed = dressed
        self._loaded: dict[str, Encoder] = {}
        self._lock = threading.Lock()

    def asked(self) -> list[Encoder]:
        """Those that were asked for, whether they filled the archive or not.

        Raises:
            EncoderMissing: one is not here.
        """
        return [self.load(name) for name in self._asked]

    def all(self) -> list[Encoder]:
        """Those that were asked for, else every one that filled the archive.

        A run is compared with others: one made without an encoder that is gone would not be the same run.

        Raises:
            EncoderMissing: one is not here.
        """
        return self.asked() or [self.load(location) for location in self._locations()]

    def there(self, *, needed: bool) -> tuple[list[Encoder], list[str]]:
        """Those that were asked for, else those that filled the archive and are here; and of others what to say.

        Args:
            needed: whether one of the archive that is not here is an error.

        Raises:
            EncoderMissing: one that was asked for or is needed is not here.
        """
        if self._asked:
            return self.asked(), []
        store = self._store()
        encoders, notes = [], []
        for entry in store.encoders() if store else ():
            try:
                encoders.append(self.load(entry.location))
            except MissingError as error:
                if needed:
                    raise
                notes.append(f"searched without encoder '{entry.name}': {error.message}")
        return encoders, notes

    def load(self, where: str) -> Encoder:
        """An encoder by its folder or name.

        Raises:
            EncoderMissing: it is not here.
        """
        from picdesk.encoders import load_encoder

        with self._lock:
            if where not in self._loaded:
                self._loaded[where] = self._dressed(load_encoder(self._place_of(where)))
            return self._loaded[where]

    def _locations(self) -> list[str]:
        store = self._store()
        return [entry.location for entry in store.encoders()] if store else []

    def _place_of(self, encoder: str) -> str:
        """A folder on disk wins; else the name of an encoder that filled the archive means that one."""
        try:
            if Path(encoder).exists():
                return encoder
        except OSError:  # too long for a path; loading says what is wrong
            return encoder
        store = self._store()
        entries = store.encoders() if store else ()
        return next((entry.location for entry in entries if entry.name == encoder), encoder)
