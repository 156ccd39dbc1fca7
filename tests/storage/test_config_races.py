"""Sixteen users at once: what is unique is made once, and everybody else is told so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import pytest

from sluiceway.domain.errors import SlugTaken, VersionTaken
from sluiceway.storage.table import Table
from sluiceway.usecases.config_git_commits import list_git_commits
from sluiceway.usecases.config_records import Listing
from sluiceway.usecases.config_releases import NewConfigRelease, create_config_release, list_config_releases
from sluiceway.usecases.config_schemas import NewDocument, list_config_schemas
from sluiceway.usecases.config_types import (
    ConfigTypeChange,
    NewConfigType,
    create_config_type,
    get_config_type,
    list_config_types,
    update_config_type,
)
from tests.storage.test_races import THREADS, at_once
from tests.support.app import NOW
from tests.support.configs import NEW_SCHEMA, Catalogue
from tests.unit.usecases.stores import WORKSPACE

T = TypeVar("T")
EVERYTHING = Listing(limit=100)


@pytest.fixture(name="catalogue")
def _catalogue(faithful_table: Table) -> Catalogue:
    return Catalogue.on(faithful_table)


def winner_of(taken: type[Exception], make: Callable[[int], T]) -> T:
    """The one thing that was made; everybody else was refused."""

    def attempt(number: int) -> T | None:
        try:
            return make(number)
        except taken:
            return None

    (winner,) = [made for made in at_once(attempt) if made is not None]
    return winner


def test_a_slug_has_one_winner(catalogue: Catalogue) -> None:
    winner = winner_of(
        SlugTaken,
        lambda number: create_config_type(catalogue.service, WORKSPACE, NewConfigType(f"Drive {number}", "drive"), NOW),
    )
    assert list_config_types(catalogue.service, WORKSPACE, EVERYTHING).records == (winner,)


def test_a_version_has_one_winner(catalogue: Catalogue) -> None:
    schemas = [catalogue.schema() for _ in range(THREADS)]
    winner = winner_of(
        VersionTaken,
        lambda number: create_config_release(
            catalogue.service, WORKSPACE, NewConfigRelease("v1", (schemas[number].id,)), NOW
        ),
    )
    assert list_config_releases(catalogue.service, WORKSPACE, EVERYTHING).records == (winner,)


def test_equal_releases_schemas_and_commits_are_made_once(catalogue: Catalogue) -> None:
    type_, schema = catalogue.type(), catalogue.schema()
    for make, listed in (
        (lambda _: catalogue.commit().id, list_git_commits),
        (lambda _: catalogue.release(schema).id, list_config_releases),
    ):
        (made,) = set(at_once(make))
        assert [record.id for record in listed(catalogue.service, WORKSPACE, EVERYTHING).records] == [made]
    (equal,) = set(at_once(lambda _: catalogue.schema(of=type_).id))
    assert {each.id for each in list_config_schemas(catalogue.service, WORKSPACE, EVERYTHING).records} == {
        equal,
        schema.id,
    }


def test_the_schemas_of_a_type_have_numbers_without_gaps_while_it_is_renamed(catalogue: Catalogue) -> None:
    type_ = catalogue.type()

    def make_or_rename(number: int) -> int | None:
        if number % 4 == 0:
            change = ConfigTypeChange(name=f"Name {number}")
            update_config_type(catalogue.service, WORKSPACE, type_.id, change, NOW)
            return None
        document = NewDocument("a.json", f'{{"maximum": {number}}}')
        return catalogue.schema(replace(NEW_SCHEMA, documents=(document,)), of=type_).number

    numbers = [number for number in at_once(make_or_rename) if number is not None]

    assert sorted(numbers) == list(range(1, len(numbers) + 1))
    after = get_config_type(catalogue.service, WORKSPACE, type_.id)
    assert (after.schemas, after.name.partition(" ")[0]) == (len(numbers), "Name")
    assert list_config_types(catalogue.service, WORKSPACE, EVERYTHING).records == (after,)
