"""T x V spaces as the loop trains them: the similarity is the sum over spaces, and so is the loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from picdesk.train.losses import build_loss
from picdesk.train.measure import by_photo, mean_reciprocal_rank, ranks
from picdesk.train.spaces.perceptron import Side

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from picdesk.train.device import Place

    Rows = NDArray[np.float32]


class Spaces(torch.nn.Module):
    """A space for each text feature with each photo feature, and a loss each.

    Args:
        texts: lengths of the text features.
        photos: lengths of the photo features.
        directions: length of a space's vectors.
        activation: of both sides.
        dropout: of both sides.
        loss: name of the loss.
        settings: of the loss.
    """

    def __init__(
        self,
        texts: Sequence[int],
        photos: Sequence[int],
        *,
        directions: int,
        activation: str,
        dropout: float,
        loss: str,
        settings: Mapping[str, float],
    ) -> None:
        super().__init__()
        cells = [(text, photo) for text in range(len(texts)) for photo in range(len(photos))]
        self.cells = tuple(cells)
        self.texts = torch.nn.ModuleList([Side(texts[text], directions, activation, dropout) for text, _ in cells])
        self.photos = torch.nn.ModuleList([Side(photos[photo], directions, activation, dropout) for _, photo in cells])
        self.losses = torch.nn.ModuleList([build_loss(loss, settings) for _ in cells])

    def loss(self, texts: Sequence[torch.Tensor], photos: Sequence[torch.Tensor], same: torch.Tensor) -> torch.Tensor:
        """The sum of the spaces' losses of a batch; features by encoder."""
        parts = [
            loss(ours(texts[text]) @ theirs(photos[photo]).T, same)
            for (text, photo), ours, theirs, loss in zip(self.cells, self.texts, self.photos, self.losses, strict=True)
        ]
        return torch.stack(parts).sum()


class SpacesLearner:
    """What the loop asks for.

    Args:
        module: the spaces.
        texts: a ``(n, d)`` array of each text encoder.
        photos: a ``(n, d)`` array of each image encoder, of the same n pairs.
        ids: what each pair's photo is called.
        held_back: rows that are measured on and not learned from; may be empty.
        place: where it is computed.
    """

    def __init__(
        self,
        module: Spaces,
        texts: Sequence[Rows],
        photos: Sequence[Rows],
        ids: Sequence[str],
        held_back: NDArray[np.int64],
        place: Place,
    ) -> None:
        self.module = module.to(place.device).train()
        self._place = place
        self._texts, self._photos = (
            [torch.from_numpy(np.ascontiguousarray(rows)).to(place.device) for rows in side] for side in (texts, photos)
        )
        numbers = {name: number for number, name in enumerate(dict.fromkeys(ids))}
        self._ids = torch.tensor([numbers[name] for name in ids], device=place.device)
        learned = np.ones(len(ids), bool)
        learned[held_back] = False
        self._learned = np.flatnonzero(learned)
        self.rows = len(self._learned)
        self._held_back = held_back
        self._columns, self._right = by_photo([ids[row] for row in held_back])

    def backward(self, batch: NDArray[np.int64]) -> float:
        """Add the gradient of a batch's loss; the loss."""
        rows = torch.from_numpy(self._learned[batch]).to(self._place.device)
        same = self._ids[rows][:, None] == self._ids[rows][None, :]
        with self._place.arithmetic():
            loss = self.module.loss([side[rows] for side in self._texts], [side[rows] for side in self._photos], same)
        loss.backward()  # type: ignore[no-untyped-call]
        return float(loss.detach())

    def measure(self) -> float | None:
        """MRR of the held-back pairs among their photos; ``None`` where there are none."""
        if not len(self._held_back):
            return None
        texts, photos = self.vectors(self._held_back)
        return mean_reciprocal_rank(ranks(texts, photos[self._columns], self._right))

    def vectors(self, rows: NDArray[np.int64]) -> tuple[Rows, Rows]:
        """Unit rows of texts and photos: the spaces' vectors side by side, so that the cosine is the spaces' mean."""
        taken = torch.from_numpy(rows).to(self._place.device)
        self.module.eval()
        with torch.inference_mode():
            cells = self.module.cells
            texts = [side(self._texts[text][taken]) for side, (text, _) in zip(self.module.texts, cells, strict=True)]
            photos = [
                side(self._photos[seen][taken]) for side, (_, seen) in zip(self.module.photos, cells, strict=True)
            ]
        self.module.train()
        share = len(cells) ** -0.5
        return (torch.cat(texts, 1) * share).cpu().numpy(), (torch.cat(photos, 1) * share).cpu().numpy()
