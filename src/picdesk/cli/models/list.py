"""The verb that lists the encoders, and the models that translate and paraphrase."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.show import console, show_json, show_remark, size_of

if TYPE_CHECKING:
    from pathlib import Path

    from picdesk.articles.translate.models import TextModel
    from picdesk.encoders.catalogue import CatalogueEntry


def register(models: typer.Typer) -> None:
    """Put this file's verb on the command line, where none is named."""
    models.callback(invoke_without_command=True)(list_models)


def list_models(context: typer.Context, as_json: Json = False, quiet: Quiet = False) -> None:
    """Say what encoders and translators there are, and which are here."""
    if context.invoked_subcommand:
        return
    from picdesk.articles.translate.models import find_converted, text_models
    from picdesk.encoders.catalogue import catalogue
    from picdesk.encoders.snapshot import find_snapshot

    found = [(entry, find_snapshot(entry)) for entry in catalogue()]
    others = [(model, find_converted(model)) for model in text_models()]
    if as_json:
        show_json(
            {
                "models": [_document(entry, folder) for entry, folder in found],
                "text_models": [_document(model, folder) for model, folder in others],
            }
        )
        return
    _show(found)
    _show_others(others)
    if not quiet:
        show_remark("* not every figure could be checked at its source.")
        show_remark("Fetch one: picdesk models get clip-vit-b-32")
        show_remark("Those marked 'export' have no ready ONNX files; make them: picdesk models export NAME DIR")


def _document(entry: CatalogueEntry | TextModel, folder: Path | None) -> dict[str, object]:
    return asdict(entry) | {"here": folder is not None, "folder": str(folder) if folder else None}


def _show(found: list[tuple[CatalogueEntry, Path | None]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    # Names are typed off this table, so they stay whole where the terminal is narrow.
    table.add_column("name", no_wrap=True, min_width=max(len(_shown(entry)) for entry, _ in found))
    table.add_column("family", no_wrap=True)
    for heading in ("numbers", "tokens", "pixels"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("language", no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    table.add_column("licence", no_wrap=True)
    table.add_column("here", no_wrap=True)
    for entry, folder in found:
        table.add_row(
            _shown(entry),
            entry.family,
            str(entry.dimension),
            str(entry.text_limit or ""),
            str(entry.image_size or ""),
            " ".join(entry.languages),
            size_of(entry.size),
            entry.licence.removeprefix("LicenseRef-"),
            "yes" if folder else "no" if entry.onnx else "export" if entry.loadable else "-",
        )
    console().print(table)


def _show_others(found: list[tuple[TextModel, Path | None]]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    for heading in ("name", "job", "language", "size", "licence", "here"):
        table.add_column(heading, justify="right" if heading == "size" else "left", no_wrap=True)
    for model, folder in found:
        read = " ".join(model.source) if len(model.source) <= 8 else f"{len(model.source)} languages"
        table.add_row(
            _shown(model),
            model.job,
            f"{read} > {model.target}" if model.job == "translate" else read,
            size_of(model.size),
            model.licence.removeprefix("LicenseRef-"),
            "yes" if folder else "no",
        )
    out = console()
    out.print()
    out.print(table)


def _shown(entry: CatalogueEntry | TextModel) -> str:
    return entry.name if entry.verified else f"{entry.name} *"
