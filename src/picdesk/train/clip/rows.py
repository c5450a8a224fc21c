"""One side of the pairs as training takes it: what is computed anew in each step, or vectors that stay."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import numpy as np

from picdesk.train.clip.gradient_cache import Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    import torch
    from numpy.typing import NDArray

    from picdesk.train.clip.trainee import Trainee
    from picdesk.train.device import Place
    from picdesk.train.team import Team


class Rows(Protocol):
    """The texts or the photos of pairs."""

    def __len__(self) -> int:
        """How many there are."""

    def side(self, batch: NDArray[np.int64], piece: int, team: Team) -> Side:
        """Those of a batch, in pieces; where they are computed, those of this process's share."""

    def vectors(self, piece: int) -> NDArray[np.float32]:
        """All, ``(n, d)`` float32 unit rows, as the model makes them now, in float32."""


class Kept:
    """Vectors that no step changes.

    Args:
        rows: ``(n, d)`` float32, unit rows.
        place: where the loss is computed.
    """

    def __init__(self, rows: NDArray[np.float32], place: Place) -> None:
        import torch

        self._rows = rows
        self._table = torch.from_numpy(rows).to(place.device)

    def __len__(self) -> int:
        return len(self._rows)

    def side(self, batch: NDArray[np.int64], piece: int, team: Team) -> Side:
        """Looked up, the whole batch at once."""
        del piece, team
        return Side([lambda: self._table[_index(batch, self._table)]], learns=False)

    def vectors(self, piece: int) -> NDArray[np.float32]:
        """As they are."""
        del piece
        return self._rows


class Computed:
    """Texts or photos that a tower reads anew each time.

    Args:
        tower: of ``text_tower`` or ``image_tower``, on the place's device.
        place: where it is.
    """

    def __init__(self, tower: torch.nn.Module, place: Place) -> None:
        self._tower, self._place = tower, place

    def inputs(self, rows: NDArray[np.int64]) -> tuple[torch.Tensor, ...]:
        """What the tower takes for these rows."""
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError

    def side(self, batch: NDArray[np.int64], piece: int, team: Team) -> Side:
        """Pieces of this process's share."""
        share = team.share(batch)
        pieces = [share[at : at + piece] for at in range(0, len(share), piece)]
        return Side([lambda rows=rows: self._units(rows) for rows in pieces], learns=True)  # type: ignore[misc]

    def vectors(self, piece: int) -> NDArray[np.float32]:
        """Piece by piece."""
        import torch

        with torch.no_grad():
            done = [
                torch.nn.functional.normalize(self._tower(*self.inputs(rows)).float(), dim=1).cpu().numpy()
                for rows in np.array_split(np.arange(len(self)), -(-len(self) // piece))
            ]
        made: NDArray[np.float32] = np.concatenate(done)
        return made

    def _units(self, rows: NDArray[np.int64]) -> torch.Tensor:
        import torch

        with self._place.arithmetic():
            made = self._tower(*self.inputs(rows))
        return torch.nn.functional.normalize(made.float(), dim=1)


class Texts(Computed):
    """Texts, tokenised once.

    Args:
        texts: what the text tower reads; what is over its limit is cut.
        trainee: whose tokenizer it is.
        tower: the text tower, on the place's device.
        place: where it is.
    """

    def __init__(self, texts: Sequence[str], trainee: Trainee, tower: torch.nn.Module, place: Place) -> None:
        super().__init__(tower, place)
        self._fixed = trainee.length
        self._tokens, self._mask = trainee.tokens(list(texts), self._fixed)
        self._lengths = self._mask.sum(axis=1)

    def __len__(self) -> int:
        return len(self._tokens)

    def inputs(self, rows: NDArray[np.int64]) -> tuple[torch.Tensor, ...]:
        """Tokens, and the mask where lengths differ; as long as the longest of these texts."""
        import torch

        width = self._fixed or max(1, int(self._lengths[rows].max()))
        chosen = (self._tokens,) if self._fixed else (self._tokens, self._mask)
        return tuple(torch.from_numpy(each[rows, :width]).to(self._place.device) for each in chosen)


class Photos(Computed):
    """Photos, decoded once.

    Args:
        pixels: ``(m, 3, height, width)`` uint8, maybe on disk.
        chosen: ``(n,)`` int64, which of them these photos are.
        trainee: how they are normalised.
        tower: the image tower, on the place's device.
        place: where it is.
    """

    def __init__(
        self,
        pixels: NDArray[np.uint8],
        chosen: NDArray[np.int64],
        trainee: Trainee,
        tower: torch.nn.Module,
        place: Place,
    ) -> None:
        super().__init__(tower, place)
        self._pixels, self._chosen, self._prepare = pixels, chosen, trainee.prepare

    def __len__(self) -> int:
        return len(self._chosen)

    def inputs(self, rows: NDArray[np.int64]) -> tuple[torch.Tensor, ...]:
        """Normalised pixels."""
        import torch

        pixels = self._prepare.normalised(self._pixels[self._chosen[rows]])
        return (torch.from_numpy(pixels).to(self._place.device),)


def _index(batch: NDArray[np.int64], table: torch.Tensor) -> torch.Tensor:
    import torch

    return torch.from_numpy(batch).to(table.device)
