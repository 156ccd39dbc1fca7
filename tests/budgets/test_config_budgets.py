"""What calls of the catalogue of configurations cost: the table in `sluiceway/storage`'s docstring."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from sluiceway.storage.capacity import Usage
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import Table
from sluiceway.usecases.config_git_commits import get_git_commit
from sluiceway.usecases.config_instances import get_config_instances, get_content, list_config_instances
from sluiceway.usecases.config_records import ListField, Listing, Order, SortField
from sluiceway.usecases.config_releases import set_custom_validation
from sluiceway.usecases.config_schemas import NewDocument, get_config_schemas, load_documents
from sluiceway.usecases.config_types import (
    ConfigTypeChange,
    NewConfigType,
    create_config_type,
    get_config_types,
    list_config_types,
    update_config_type,
)
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.configs import NEW_SCHEMA, Catalogue
from tests.unit.usecases.stores import WORKSPACE

NO_WRITES = 0


@pytest.fixture(name="catalogue")
def _catalogue(faithful_table: Table) -> Catalogue:
    return Catalogue.on(faithful_table)


@contextmanager
def budget(catalogue: Catalogue, *, calls: int, read: float, write: float) -> Iterator[None]:
    """Hold the block to exactly so many calls and writes, and reads where the table counts them."""
    with measured(catalogue.service.table) as meter:
        yield
    shown_read = meter.usage.read_units if isinstance(catalogue.service.table, MemoryTable) else read
    assert Usage(meter.usage.calls, shown_read, meter.usage.write_units) == Usage(calls, read, write)


def test_making_and_renaming_a_type(catalogue: Catalogue) -> None:
    with budget(catalogue, calls=2, read=1, write=6):
        type_ = catalogue.type()
    with budget(catalogue, calls=2, read=1, write=4):
        update_config_type(catalogue.service, WORKSPACE, type_.id, ConfigTypeChange(name="Other"), NOW)


def test_making_a_schema_and_making_it_again(catalogue: Catalogue) -> None:
    type_ = catalogue.type()
    with budget(catalogue, calls=4, read=3, write=12):
        catalogue.schema(of=type_)
    with budget(catalogue, calls=3, read=3, write=NO_WRITES):
        catalogue.schema(of=type_)


def test_making_a_commit_and_making_it_again(catalogue: Catalogue) -> None:
    with budget(catalogue, calls=2, read=1, write=6):
        commit = catalogue.commit()
    with budget(catalogue, calls=2, read=2, write=NO_WRITES):
        catalogue.commit()
    with budget(catalogue, calls=1, read=1, write=NO_WRITES):
        get_git_commit(catalogue.service, WORKSPACE, commit.id)


def test_making_a_release_of_several_schemas_and_turning_its_validation_on(catalogue: Catalogue) -> None:
    schemas, commit = [catalogue.schema() for _ in range(5)], catalogue.commit()
    with budget(catalogue, calls=4, read=7, write=6):
        release = catalogue.release(*schemas, commit=commit)
    with budget(catalogue, calls=2, read=1, write=4):
        set_custom_validation(catalogue.service, WORKSPACE, release.id, NOW, custom=True)


def test_making_an_instance_and_reading_its_content(catalogue: Catalogue) -> None:
    schema = catalogue.schema()
    with budget(catalogue, calls=3, read=2, write=6):
        instance = catalogue.instance(of=schema)
    with budget(catalogue, calls=1, read=1, write=NO_WRITES):
        get_content(catalogue.service, WORKSPACE, instance.id)


def test_a_page_of_instances_costs_its_list_and_one_batch_whatever_their_content(catalogue: Catalogue) -> None:
    schema = catalogue.schema(replace(NEW_SCHEMA, documents=(NewDocument("any.json", "true"),)))
    content = '"' + "".join(chr(0x4E00 + number * 7919 % 20000) for number in range(3000)) + '"'
    ids = [catalogue.instance(content, of=schema).id for _ in range(20)]
    entries_of_250_bytes = 2
    with budget(catalogue, calls=2, read=entries_of_250_bytes + 10, write=NO_WRITES):
        page = list_config_instances(catalogue.service, WORKSPACE, Listing(limit=10))
    assert page.total == 20
    with budget(catalogue, calls=2, read=3 + 3, write=NO_WRITES):
        wanted = Listing({ListField.ID: frozenset(ids[:3])})
        list_config_instances(catalogue.service, WORKSPACE, wanted)


def test_a_page_of_a_long_list_costs_no_more_of_it_than_the_page(catalogue: Catalogue) -> None:
    for number in range(100):
        new = NewConfigType("Drive", f"drive-{number}")
        create_config_type(catalogue.service, WORKSPACE, new, NOW + timedelta(seconds=number))
    entries_of_page, all_entries = 1, 4
    for orders in ((Order(SortField.CREATED),), (Order(SortField.CREATED, descending=False),)):
        with budget(catalogue, calls=2, read=entries_of_page + 10, write=NO_WRITES):
            list_config_types(catalogue.service, WORKSPACE, Listing(orders=orders, is_counted=False))
    with budget(catalogue, calls=2, read=all_entries + 10, write=NO_WRITES):
        list_config_types(catalogue.service, WORKSPACE, Listing())


def test_what_is_shown_with_a_page_costs_one_batch_of_each_kind(catalogue: Catalogue) -> None:
    schemas = [catalogue.schema() for _ in range(3)]
    instances = [catalogue.instance(of=schemas[number % 3]) for number in range(9)]
    with budget(catalogue, calls=4, read=9 + 3 + 3 + 3, write=NO_WRITES):
        found = get_config_instances(catalogue.service, WORKSPACE, [each.id for each in instances]).values()
        get_config_types(catalogue.service, WORKSPACE, (each.type_id for each in found))
        get_config_schemas(catalogue.service, WORKSPACE, (each.schema_id for each in found))
        load_documents(catalogue.service, WORKSPACE, {each.schema_id for each in found})
