"""Verbs that make encoders from one's own stories."""

from __future__ import annotations

from importlib import import_module

import typer

from picdesk.cli.panels import ENCODERS

PARTS = ("clip", "alignment", "spaces")
"""A file a verb."""


def register(app: typer.Typer) -> None:
    """Put ``picdesk train`` and its verbs on the command line."""
    train = typer.Typer(
        help="Make an encoder from your own stories and their photos.",
        no_args_is_help=True,
        epilog="Example: picdesk train spaces newsimages25 --text all-minilm-l6-v2 --image clip-vit-b-32 -o ours",
    )

    @train.callback()
    def _train() -> None:  # a group stays a group, however few its verbs are
        pass

    for part in PARTS:
        import_module(f"picdesk.cli.train.{part}").register(train)
    app.add_typer(train, name="train", rich_help_panel=ENCODERS)
