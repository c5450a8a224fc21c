"""Verbs about encoders: what there is, what is here, fetch one, write one out, measure one."""

from __future__ import annotations

from importlib import import_module

import typer

from picdesk.cli.panels import ENCODERS

PARTS = ("list", "get", "export", "convert", "pair", "bench")
"""A file a verb; ``list`` answers where no verb is named."""


def register(app: typer.Typer) -> None:
    """Put ``picdesk models`` and its verbs on the command line."""
    models = typer.Typer(
        help="What encoders there are, which are here, how fast and how good.",
        epilog="Example: picdesk models get clip-vit-b-32",
    )
    for part in PARTS:
        import_module(f"picdesk.cli.models.{part}").register(models)
    app.add_typer(models, name="models", rich_help_panel=ENCODERS)
