"""Every function has a sample of its event, and answers it as the sample says.

Samples hold `{{…}}` where an identifier or a token of the seeded workspace belongs: an attribute of `SeededApp`.
"""

from __future__ import annotations

import importlib
import json
import re
from collections.abc import Iterator
from operator import attrgetter
from typing import Any

import pytest

from infra.surfaces import route_tables
from sluiceway.http.routes import Route, Task
from tests.support.app import ORIGIN, ROUTERS
from tests.support.seeds import SeededApp, seeded_app
from tests.unit.structure.sources import EVENTS
from workflow._tasks import TASKS

ROWS = [(table.surface, route) for table in route_tables() for route in table.routes]
_PLACE = re.compile(r"\{\{([a-z_.]+)\}\}")


@pytest.fixture(name="seeds")
def _seeds() -> Iterator[SeededApp]:
    with seeded_app() as seeds:
        yield seeds


def sample_of(surface: str, module: str, seeds: SeededApp) -> dict[str, Any]:
    text = (EVENTS / surface / f"{module.replace('.', '/')}.json").read_text()
    sample: dict[str, Any] = json.loads(_PLACE.sub(lambda place: attrgetter(place[1])(seeds), text))
    return sample


@pytest.fixture(params=ROWS, ids=lambda row: f"{row[0]}.{row[1].module}")
def row(request: pytest.FixtureRequest) -> tuple[str, Route]:
    """A surface and one of its routes."""
    found: tuple[str, Route] = request.param
    return found


def test_a_route_answers_its_sample_with_the_status_that_the_sample_states(
    seeds: SeededApp, row: tuple[str, Route]
) -> None:
    surface, route = row
    sample = sample_of(surface, route.module, seeds)
    assert seeds.app.invoke(f"{surface}.{route.module}", sample["event"]).status == sample["status"]


def test_a_sample_is_an_event_that_reaches_its_route(seeds: SeededApp, row: tuple[str, Route]) -> None:
    surface, route = row
    event = sample_of(surface, route.module, seeds)["event"]
    method, path = event["requestContext"]["http"]["method"], event["rawPath"]
    match = ROUTERS[surface].match(method, path)
    assert match is not None
    assert (match.route, match.parameters) == (route, event.get("pathParameters", {}))
    assert event["routeKey"] == event["requestContext"]["routeKey"] == match.key
    assert ORIGIN.match(method, path) == match


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.module)
def test_a_task_answers_its_sample_with_what_the_sample_states(seeds: SeededApp, task: Task) -> None:
    sample = sample_of("workflow", task.module, seeds)
    result = importlib.import_module(f"workflow.{task.module}").handler(sample["event"], None)
    assert {name: result[name] for name in sample["result"]} == sample["result"]


def test_there_is_no_sample_of_a_function_that_is_gone() -> None:
    samples = {str(path.relative_to(EVENTS)) for path in EVENTS.rglob("*.json")}
    functions = {
        *(f"{surface}/{route.module.replace('.', '/')}.json" for surface, route in ROWS),
        *(f"workflow/{task.module}.json" for task in TASKS),
    }
    assert samples == functions
