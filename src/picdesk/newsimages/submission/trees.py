"""How a submission is laid out: folders and names, edition by edition."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from picdesk.errors import InputError
from picdesk.photos.locate import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]|^\.|[. ]$')
"""What no file may be called on one of the systems that a ZIP is unpacked on."""


@dataclass(frozen=True, slots=True)
class RunFolder:
    """One run of a group.

    Attributes:
        group: the group's name.
        name: what the approach is called.
        kind: ``RET`` or ``GEN`` in 2025; empty in 2026.
        subtask: ``LARGE`` or ``SMALL`` in 2025; empty in 2026.
    """

    group: str
    name: str
    kind: str = ""
    subtask: str = ""


@dataclass(frozen=True, slots=True)
class Tree:
    """The layout of an edition.

    Attributes:
        edition: the year.
        top: the folder inside the ZIP; empty where runs lie at its top.
        run: the run's folder.
        file: the picture's file.
        kinds: what ``kind`` may be.
        subtasks: what ``subtask`` may be.
        size: pixels, width and height.
        missing_costs: what the organisers do about a missing article.
    """

    edition: str
    top: str
    run: str
    file: str
    kinds: tuple[str, ...]
    subtasks: tuple[str, ...]
    size: tuple[int, int]
    missing_costs: str

    def folder_of(self, run: RunFolder) -> str:
        """The run's folder inside the ZIP, with slashes.

        >>> trees()["2025"].folder_of(RunFolder("Das-RU", "reg", "RET", "SMALL"))
        'Das-RU/RET_reg_SMALL'
        """
        said = {"group": run.group, "name": run.name, "kind": run.kind, "subtask": run.subtask}
        return "/".join(filter(None, (self.top.format(**said), self.run.format(**said))))

    def file_of(self, run: RunFolder, article: str) -> str:
        """The name of an article's picture.

        >>> trees()["2026"].file_of(RunFolder("Das-RU", "reg"), "117")
        '117_Das-RU_reg.png'
        """
        return self.file.format(article=article, group=run.group, name=run.name)

    def run_of(self, folder: str, group: str) -> RunFolder | None:
        """The run that a folder's name speaks of; ``None`` where it is no run of the group.

        >>> trees()["2025"].run_of("GEN_FLUX_2_LARGE", "UnstableOsmosis")
        RunFolder(group='UnstableOsmosis', name='FLUX_2', kind='GEN', subtask='LARGE')
        """
        pattern = re.escape(self.run).replace(r"\{", "{").replace(r"\}", "}")
        found = re.fullmatch(
            pattern.format(
                group=f"(?P<group>{re.escape(group)})",
                name="(?P<name>.+)",
                kind=f"(?P<kind>{'|'.join(self.kinds)})",
                subtask=f"(?P<subtask>{'|'.join(self.subtasks)})",
            ),
            folder,
        )
        return RunFolder(**({"group": group} | found.groupdict())) if found else None

    def article_of(self, file: str, run: RunFolder) -> str | None:
        """The article whose picture a file is; ``None`` where its name is not of the form."""
        end = self.file_of(run, "")
        return file[: -len(end)] if file.endswith(end) and len(file) > len(end) else None


@cache
def trees() -> Mapping[str, Tree]:
    """Year -> layout."""
    listed = tomllib.loads(files(__package__).joinpath("trees.toml").read_text(encoding="utf-8"))
    layouts = {}
    for year, said in listed.items():
        values: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in said.items()
        }
        layouts[year] = Tree(edition=year, **values)
    return layouts


def tree_of(edition: str) -> Tree:
    """The layout of an edition.

    Raises:
        InputError: no such edition, or one without submissions of pictures.
    """
    if edition not in trees():
        raise InputError(
            f"no pictures are submitted to the edition {printable(edition)!r}",
            f"Editions with pictures: {', '.join(trees())}.",
        )
    return trees()[edition]


def check_run(tree: Tree, run: RunFolder) -> RunFolder:
    """A run whose names can be names of folders and files.

    Raises:
        InputError: a name that is empty or cannot be a file's, or a kind or subtask that the edition does not have.
    """
    for what, name in (("group", run.group), ("run", run.name)):
        if not name or _UNSAFE.search(name):
            raise InputError(
                f"{printable(name)!r} cannot be the name of a {what}", "Letters, digits, hyphens and underscores do."
            )
    for what, said, known in (("type", run.kind, tree.kinds), ("subtask", run.subtask, tree.subtasks)):
        if said not in (known or ("",)):
            hint = f"There are: {', '.join(known)}." if known else f"The edition {tree.edition} has none."
            raise InputError(f"{printable(said)!r} is no {what} of the edition {tree.edition}", hint)
    return run
