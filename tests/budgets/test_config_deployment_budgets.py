"""What config deployments cost: the table in `sluiceway/storage`'s docstring; a page costs the same for each size."""

from __future__ import annotations

import pytest

from miru._versions import Version
from sluiceway.domain.config_deployment import Archive, Deploy
from sluiceway.storage.table import Table
from sluiceway.usecases.config_deployments import get_config_deployment
from sluiceway.usecases.config_lists import find_config_deployments
from sluiceway.usecases.create_config_deployment import create_config_deployment
from tests.budgets.test_config_budgets import NO_WRITES, budget
from tests.handlers.miru.calls import Bench, Miru, make_bench
from tests.support.app import NOW, running_app
from tests.support.capacity import measured
from tests.support.configs import Catalogue
from tests.support.seeds import seed_program, seed_workspace
from tests.unit.usecases.stores import WORKSPACE

MOST_CALLS = 19
EXPANSIONS = {
    Version.TETONS: "device,release.config_schemas.documents,config_instances.content,"
    "config_instances.config_schema.documents,config_instances.config_type",
    Version.APPROVALS: "device,release.config_schemas.config_type,config_instances.content,config_instances.device,"
    "config_instances.config_schema.config_type,config_instances.config_type",
}


@pytest.fixture(name="catalogue")
def _catalogue(faithful_table: Table) -> Catalogue:
    return Catalogue.on(faithful_table)


def test_staging_deploying_and_reading_a_deployment(catalogue: Catalogue) -> None:
    device, release = catalogue.device(), catalogue.release()
    new = catalogue.draft(device, release)
    with budget(catalogue, calls=5, read=4, write=12):
        made = create_config_deployment(catalogue.service, WORKSPACE, new, NOW)
    with budget(catalogue, calls=3, read=2, write=6):
        catalogue.change(made, Deploy(approves=True))
    with budget(catalogue, calls=2, read=2, write=NO_WRITES):
        get_config_deployment(catalogue.service, WORKSPACE, made.id)


def test_superseding_costs_two_items_more(catalogue: Catalogue) -> None:
    device, schema = catalogue.device(), catalogue.schema()
    first, second = (catalogue.release(schema, version=version) for version in ("v1", "v2"))
    catalogue.deployed(device, first)
    made = catalogue.deployment(device, second)
    with budget(catalogue, calls=3, read=2, write=12):
        catalogue.change(made, Deploy(approves=True))


def test_looking_for_deployments_by_id_or_device_reads_theirs_alone(catalogue: Catalogue) -> None:
    release = catalogue.release()
    staged, archived, _ = (catalogue.deployment(catalogue.device(), release) for _ in range(3))
    catalogue.change(archived, Archive(spares_validating=True))
    named = (staged, archived)
    with budget(catalogue, calls=4, read=2 + 2 + 1 + 1, write=NO_WRITES):
        by_id = find_config_deployments(catalogue.service, WORKSPACE, bool, ids=[each.id for each in named])
    with budget(catalogue, calls=5, read=4 + 1, write=NO_WRITES):
        devices = [each.device_id for each in named]
        assert find_config_deployments(catalogue.service, WORKSPACE, bool, device_ids=devices) == by_id
    assert {each.id for each in by_id} == {staged.id, archived.id}


def deploy_to(bench: Bench, count: int) -> None:
    """Deploy to so many devices more, one after the other."""
    for number in range(count):
        bench.miru.app.pass_time(milliseconds=1)
        device = str(bench.miru.post("/devices", {"name": f"robot-{number}"})["id"])
        Bench(bench.miru, device, bench.schema, bench.instance, bench.releases).create(number % 3)


@pytest.mark.parametrize("version", EXPANSIONS)
def test_a_page_of_a_hundred_deployments_takes_as_many_calls_as_one_of_one(version: Version) -> None:
    with running_app() as app:
        workspace = seed_workspace(app)
        bench = make_bench(Miru(app, workspace, seed_program(app, workspace)))
        deploy_to(bench, 100)
        calls = []
        for limit in (1, 100):
            with measured(app.table) as meter:
                target = f"/deployments?limit={limit}&expand={EXPANSIONS[version]}"
                page = bench.miru.in_version(version).get(target)
            assert len(page["data"]) == limit
            calls.append(meter.usage.calls)
        assert calls[0] == calls[1] <= MOST_CALLS
