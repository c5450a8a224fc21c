"""The command line: parses, calls one library function, prints. The only room that prints, draws progress or exits."""

from __future__ import annotations

import sys
from copy import copy

import typer
from typer.main import get_command_name

from picdesk.cli import (
    archive,
    articles,
    blend,
    calibrate,
    choices,
    compare,
    demo,
    doctor,
    evaluate,
    index,
    models,
    photos,
    rank,
    rate,
    ratings,
    recipes,
    search,
    serve,
    size,
    submission,
    train,
    tune,
    users,
)
from picdesk.cli.show import show_error
from picdesk.errors import Interrupted, PicdeskError

app = typer.Typer(
    name="picdesk",
    help="Picdesk finds the picture for a news story.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: picdesk demo. Exit codes: 0 done, 1 nothing found, 2 wrong usage or bad input, "
    "3 something needed is missing, 130 interrupted.",
)


def _version(wanted: bool) -> None:
    if wanted:
        from picdesk import __version__

        typer.echo(f"picdesk {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: bool = typer.Option(False, "--version", help="Print the version.", callback=_version, is_eager=True),
) -> None:
    pass


for verbs in (
    demo,
    doctor,
    photos,
    archive,
    index,
    size,
    choices,
    search,
    serve,
    users,
    rank,
    tune,
    calibrate,
    articles,
    models,
    evaluate,
    compare,
    rate,
    ratings,
    submission,
    train,
    blend,
    recipes,
):
    verbs.register(app)


def _reduced(verb: str) -> typer.Typer:
    """The command line with that verb or group alone, if it has it: to make them all is a sixth of a start."""
    reduced = copy(app)
    reduced.registered_commands = [
        info for info in app.registered_commands if info.callback and get_command_name(info.callback.__name__) == verb
    ]
    reduced.registered_groups = [info for info in app.registered_groups if info.name == verb]
    return reduced if reduced.registered_commands or reduced.registered_groups else app


def main() -> None:
    """Run the command line; errors become one message on stderr and their exit code."""
    try:
        _reduced(sys.argv[1] if len(sys.argv) > 1 else "")(prog_name="picdesk")
    except PicdeskError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        stopped = Interrupted("stopped")
        show_error(stopped)
        sys.exit(stopped.exit_code)
    except BrokenPipeError:
        # The reader of our output (head, less) has gone; Python would complain again at exit.
        sys.stderr.close()
        sys.exit(0)
