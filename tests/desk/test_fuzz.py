"""The interface is what its OpenAPI says, whatever is sent: schemathesis makes requests up, good and bad.

One of its checks is left out: that all data of the right shape is accepted. A search for nothing, two days in the wrong
order and a filter that cannot be read have the right shape.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

from picdesk.articles.fetch import Page
from picdesk.desk.settings import DeskSettings, Limits, Rate
from picdesk.errors import ArticleError
from tests.desk.server import Serving, serving

EXAMPLES = 15
"""Requests a route."""


def nothing(url: str, **_: object) -> Page:
    """No request leaves this machine."""
    raise ArticleError(f"{url} is not fetched here")


@pytest.fixture(scope="module")
def patient(desk_settings: DeskSettings) -> Iterator[Serving]:
    """A desk that neither counts nor weighs."""
    limits = Limits(body=1 << 26, rates=dict.fromkeys(Limits().rates, Rate(1e6, 1e6)))
    with serving(replace(desk_settings, limits=limits, fetch=nothing)) as served:
        yield served


@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: mode.value)
def test_every_route(patient: Serving, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{patient.url}/api/v1/openapi.json")
    operations: list[Any] = [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]
    assert len(operations) > 10
    wrong: dict[str, str] = {}
    for operation in operations:

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate],
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def check(case: schemathesis.Case[Any]) -> None:
            case.call_and_validate(excluded_checks=[positive_data_acceptance])

        try:
            check()
        except Unsatisfiable:
            continue  # nothing of the route can be made up wrongly
        except (Exception, BaseExceptionGroup) as failure:
            wrong[operation.label] = "".join(traceback.format_exception(failure))
    assert not wrong, "\n\n".join(f"{label}\n{said}" for label, said in wrong.items())
