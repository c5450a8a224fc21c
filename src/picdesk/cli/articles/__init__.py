"""Verbs about articles: get many from the web, see what is made of one."""

from __future__ import annotations

from importlib import import_module

import typer

from picdesk.cli.panels import STORIES

PARTS = ("fetch", "show", "readings")
"""A file a verb."""


def register(app: typer.Typer) -> None:
    """Put ``picdesk articles`` and its verbs on the command line."""
    articles = typer.Typer(
        help="Get articles, and see what is made of them.",
        no_args_is_help=True,
        epilog="Example: picdesk articles fetch addresses.txt -o articles.jsonl",
    )

    @articles.callback()
    def _articles() -> None:  # a group stays a group, however few its verbs are
        pass

    for part in PARTS:
        import_module(f"picdesk.cli.articles.{part}").register(articles)
    app.add_typer(articles, name="articles", rich_help_panel=STORIES)
