"""The lines of a run as the tables of ``docs/numbers.md``.

python -m benchmarks.peers.table docs/figures/peers.jsonl
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

Line = dict[str, Any]

BEGIN, END = "<!-- peers -->", "<!-- /peers -->"


def tables(lines: list[Line]) -> str:
    """Markdown: who was compared, putting photos in, and searching, a table for each number of vectors."""
    lines = [line for line in lines if line["benchmark"] == "peers"]
    parts = [_versions(lines), *_failures(lines)]
    filled = [line for line in lines if line["what"] in ("install", "index") and "failed" not in line]
    if filled:
        parts.append(_filling(filled))
    searched = [line for line in lines if line["what"] == "search" and "failed" not in line]
    parts += [_searching(searched, count) for count in sorted({line["vectors"] for line in searched})]
    return "\n\n".join(parts)


def _versions(lines: list[Line]) -> str:
    told = {line["peer"]: line["peer_versions"] for line in lines if line["peer_versions"]}
    rows = [[peer, ", ".join(f"{name} {version}" for name, version in each.items())] for peer, each in told.items()]
    return _table(["peer", "versions"], rows)


def _failures(lines: list[Line]) -> list[str]:
    return [f"{line['peer']} failed ({line['what']}): {line['failed']}" for line in lines if "failed" in line]


def _filling(lines: list[Line]) -> str:
    rows = []
    for peer in dict.fromkeys(line["peer"] for line in lines):
        of = {line["what"]: line for line in lines if line["peer"] == peer}
        install, index = of.get("install", {}), of.get("index", {})
        rows.append(
            [
                peer,
                _number(install.get("seconds_to_first_hit"), " s"),
                _number(install.get("megabytes_installed"), " MB"),
                _spread(index.get("photos_per_second"), 0),
                _spread(index.get("seconds_to_load"), 1, " s"),
                _spread(index.get("peak_megabytes"), 0, " MB"),
                _number(index.get("smallest_cosine_to_open_clip")),
            ]
        )
    head = ["", "pip install to first hit", "installed", "photos per second", "start", "most memory", "cosine"]
    return _table(head, rows)


def _searching(lines: list[Line], count: int) -> str:
    rows = [
        [
            ", ".join(filter(None, (line["peer"], line["way"]))),
            _spread(line["milliseconds_p50"], 2, " ms"),
            _number(line["recall_at_10"]),
            _spread(line["seconds_to_open"], 2, " s"),
            _number(line["seconds_to_make"], " s"),
            f"{line['megabytes_own']:,.0f} / {line['megabytes_resident']:,.0f} MB",
            _number(line["megabytes_on_disk"], " MB"),
        ]
        for line in lines
        if line["vectors"] == count
    ]
    head = [f"{count:,} vectors", "a search, p50", "recall@10", "open", "make", "memory, own / resident", "disk"]
    return _table(head, rows)


def _table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _number(value: float | None, unit: str = "") -> str:
    return "" if value is None else f"{value:,}{unit}"


def _spread(values: dict[str, float] | None, digits: int, unit: str = "") -> str:
    if values is None:
        return ""
    median, least, most = (f"{values[name]:,.{digits}f}" for name in ("median", "min", "max"))
    return f"{median}{unit} ({least} - {most})" if values["runs"] > 1 else f"{median}{unit}"


def put_into(text: str, inserted: str) -> str:
    """A document with the tables between its two marks, in place of what was there."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"no place for the tables: the document needs a line {BEGIN} and a line {END}")
    return f"{before}{BEGIN}\n{inserted}\n{END}{after}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figures", nargs="+", type=Path)
    parser.add_argument("--into", type=Path, help="a document that has the two marks")
    options = parser.parse_args()
    lines = [json.loads(line) for file in options.figures for line in file.read_text(encoding="utf-8").splitlines()]
    made = tables(lines)
    if options.into:
        options.into.write_text(put_into(options.into.read_text(encoding="utf-8"), made), encoding="utf-8")
    else:
        print(made)


if __name__ == "__main__":
    main()
