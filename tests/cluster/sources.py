from __future__ import annotations

import json
import shutil
import tarfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.drawn.scenes import fill_folder


def every_kind_of_source(folder: Path) -> list[str]:
    """A folder, a list that says more of one of its photos, a shard, and a Parquet list of names that lead nowhere."""
    fill_folder(folder / "photos", 6)
    (folder / "photos" / "deeper").mkdir()
    shutil.copy(folder / "photos" / "scene-0001.jpg", folder / "photos" / "deeper" / "again.jpg")
    rows = [
        {"file": "photos/scene-0002.jpg", "id": "named", "caption": "A mayor opens a bridge", "credit": "AP"},
        {"file": "more/scene-0010.jpg", "id": "ten", "caption": "Rain in Lima"},
        {"file": "", "id": "nothing"},
    ]
    fill_folder(folder / "more", 4, start=10)
    (folder / "list.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    (folder / "000.txt").write_text("A fire in Oslo", encoding="utf-8")
    with tarfile.open(folder / "000.tar", "w") as tar:
        tar.add(folder / "more" / "scene-0011.jpg", "000.jpg")
        tar.add(folder / "000.txt", "000.txt")
        tar.add(folder / "photos" / "scene-0003.jpg", "001.jpg")
    addresses = [(folder / "more" / name).as_uri() for name in ("scene-0012.jpg", "gone.jpg", "scene-0013.jpg")]
    pq.write_table(pa.table({"uri": addresses, "title": ["One", "Two", "Three"]}), folder / "list.parquet")
    return [str(folder / name) for name in ("photos", "list.jsonl", "000.tar", "list.parquet")]
