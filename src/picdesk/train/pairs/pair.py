"""What is learned from: texts, and the photos that were chosen for them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from picdesk.errors import InputError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Mapping, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A story and its photo.

    Attributes:
        id: of the story, each once.
        text: its headline, or what stands for one.
        photo: what its source calls the photo; pairs with the same are of one photo.
        uri: where the photo's bytes are.
        day: of publication.
        label: section or topic; empty where the source names none.
        more: further texts of the same story, such as paraphrases.
    """

    id: str
    text: str
    photo: str
    uri: str
    day: dt.date | None = None
    label: str = ""
    more: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Pairs as they were read.

    Attributes:
        name: of the folder or file.
        format: which format it was.
        pairs: in the source's order.
        skipped: why -> how many stories were left out for it.
        examples: why -> the first story that was.
    """

    name: str
    format: str
    pairs: tuple[Pair, ...]
    skipped: Mapping[str, int] = field(default_factory=dict)
    examples: Mapping[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.pairs)

    @property
    def labels(self) -> tuple[str, ...]:
        """Every label that occurs, sorted."""
        return tuple(sorted({pair.label for pair in self.pairs if pair.label}))

    def some(self, ids: Iterable[str]) -> Pairs:
        """Those of these stories, in the order that they have here; what was skipped is not repeated."""
        wanted = set(ids)
        kept = tuple(pair for pair in self.pairs if pair.id in wanted)
        return replace(self, pairs=kept, skipped={}, examples={})

    def without(self, refused: Mapping[str, str]) -> Pairs:
        """Those whose photo's URI is not refused; each further refusal is counted under its reason."""
        counts, examples = Counter(self.skipped), dict(self.examples)
        kept = []
        for pair in self.pairs:
            if pair.uri in refused:
                counts[refused[pair.uri]] += 1
                examples.setdefault(refused[pair.uri], pair.id)
            else:
                kept.append(pair)
        return replace(self, pairs=tuple(kept), skipped=dict(counts), examples=examples)


class Gathering:
    """Takes stories one by one, leaves out those that cannot be learned from, and counts why."""

    def __init__(self) -> None:
        self._pairs: dict[str, Pair] = {}
        self._skipped: Counter[str] = Counter()
        self._examples: dict[str, str] = {}

    def skip(self, reason: str, example: str) -> None:
        """Count a story that is left out."""
        self._skipped[reason] += 1
        self._examples.setdefault(reason, example)

    def take(
        self,
        id: str,
        text: str,
        photo: str,
        uri: str | None,
        *,
        day: dt.date | None = None,
        label: str = "",
        more: Sequence[str] = (),
    ) -> None:
        """Take a story, or count why not.

        Args:
            id: as in `Pair`, and so are the others.
            text: may be blank: the story is then left out.
            photo: may be empty: the story is then left out.
            uri: ``None`` where the photo is not here.
            day: of publication.
            label: section or topic.
            more: further texts.
        """
        text = " ".join(text.split())
        if not text:
            self.skip("no text", id)
        elif not photo:
            self.skip("no photo named", id)
        elif uri is None:
            self.skip("photo not here", id)
        elif id in self._pairs:
            self.skip("story stands there twice", id)
        else:
            others = tuple(filter(None, (" ".join(each.split()) for each in more)))
            self._pairs[id] = Pair(id=id, text=text, photo=photo, uri=uri, day=day, label=label, more=others)

    def pairs(self, name: str, format: str) -> Pairs:
        """What was taken.

        Raises:
            InputError: nothing was.
        """
        if not self._pairs:
            why = ", ".join(f"{count:,} {reason}" for reason, count in self._skipped.most_common()) or "it is empty"
            raise InputError(f"no pair of text and photo in {name}: {why}", "Check the path and the columns.")
        every = tuple(self._pairs.values())
        return Pairs(name=name, format=format, pairs=every, skipped=dict(self._skipped), examples=self._examples)
