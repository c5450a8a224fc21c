"""An archive is opened without what nobody asked for."""

from __future__ import annotations

import subprocess
import sys

from tests.command_line import ENVIRONMENT

CODE = """
import sys
from picdesk.archive.lancedb_import import REST_CLIENT, import_lancedb
lancedb = import_lancedb()
assert import_lancedb() is lancedb
print(f"{REST_CLIENT}.models" in sys.modules, f"{REST_CLIENT}.api" in sys.modules)
import lance_namespace_urllib3_client as client
print(client.ApiClient.__module__, client.TableApi.__module__, client.models.__name__, type(client).__name__)
print(hasattr(client, "NoSuchThing"), client.models.ListTablesResponse is client.ListTablesResponse)
"""


def test_the_client_of_catalogues_is_read_when_it_is_asked_for() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "True False",
        "lance_namespace_urllib3_client.api_client lance_namespace_urllib3_client.api.table_api "
        "lance_namespace_urllib3_client.models module",
        "False True",
    ]
