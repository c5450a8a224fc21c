"""The verbs about people who may use the desk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from picdesk.cli.options import Json, Quiet
from picdesk.cli.panels import STORIES
from picdesk.cli.serve import require_desk
from picdesk.cli.show import show_json

UsersFile = Annotated[Path, typer.Argument(metavar="USERS_FILE", help="The file of users.", show_default=False)]
Name = Annotated[str, typer.Argument(metavar="NAME", help="Who.", show_default=False)]


def register(app: typer.Typer) -> None:
    """Put this file's verbs on the command line."""
    users = typer.Typer(
        help="Say who may use the desk.", no_args_is_help=True, epilog="Example: picdesk users add users.toml anna"
    )
    users.command("add", epilog="Example: picdesk users add users.toml anna")(add)
    users.command("remove", epilog="Example: picdesk users remove users.toml anna")(remove)
    users.command("logout", epilog="Example: picdesk users logout users.toml")(logout)
    users.command("list", epilog="Example: picdesk users list users.toml")(show)
    app.add_typer(users, name="users", rich_help_panel=STORIES)


def add(file: UsersFile, name: Name, as_json: Json = False, quiet: Quiet = False) -> None:
    """Let somebody in, or give them another password; it is asked for, or read from stdin."""
    require_desk()
    from picdesk.desk.security.users import add_user

    new = add_user(file, name, _password(name))
    if as_json:
        show_json({"name": name, "new": new})
    elif not quiet:
        typer.echo(f"{name} may come in." if new else f"{name} has another password.")


def remove(file: UsersFile, name: Name, as_json: Json = False, quiet: Quiet = False) -> None:
    """Let somebody in no longer; open desks take notice at once."""
    require_desk()
    from picdesk.desk.security.users import remove_user

    remove_user(file, name)
    if as_json:
        show_json({"name": name, "removed": True})
    elif not quiet:
        typer.echo(f"{name} may come in no longer.")


def logout(file: UsersFile, as_json: Json = False, quiet: Quiet = False) -> None:
    """Log everybody out, by another key for their sessions; open desks take notice at once."""
    require_desk()
    from picdesk.desk.security.keys import renew_key
    from picdesk.desk.security.users import read_users

    names = sorted(read_users(file))
    renew_key(file)
    if as_json:
        show_json({"users": names, "logged_out": True})
    elif not quiet:
        typer.echo("Everybody has to log in again.")


def show(file: UsersFile, as_json: Json = False, quiet: Quiet = False) -> None:
    """Say who may come in."""
    require_desk()
    from picdesk.desk.security.users import read_users

    names = sorted(read_users(file))
    if as_json:
        show_json({"users": names})
    elif not quiet or names:
        typer.echo("\n".join(names) or "nobody")


def _password(name: str) -> str:
    """Typed twice and unseen on a terminal; the first line of what is piped in."""
    stdin = typer.get_text_stream("stdin")
    if not stdin.isatty():
        return stdin.readline().rstrip("\r\n")
    typed: str = typer.prompt(f"Password of {name}", hide_input=True, confirmation_prompt=True, err=True)
    return typed
