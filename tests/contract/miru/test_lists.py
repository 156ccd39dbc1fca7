"""Lists as the genuine SDKs ask for them: pages, order, filters and expansions (contract 2.1, 4)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from urllib.parse import urlencode

import httpx
import pytest

from tests.contract.driver import Json
from tests.contract.miru.catalogue import CONTENT, Catalogue, create, deploy
from tests.contract.miru.sdk import APPROVALS, TETONS, ZION, Sdk
from tests.support.service import RunningService

pytestmark = pytest.mark.genuine

PER_PAGE = 2


def pages(sdk: Sdk, call: str, **options: object) -> Iterator[list[Json]]:
    """The pages of a list, until one says that there are no more."""
    for number in count():
        page = sdk(call, limit=PER_PAGE, offset=number * PER_PAGE, **options)
        assert (page["limit"], page["offset"]) == (PER_PAGE, number * PER_PAGE)
        yield page["data"]
        if not page["has_more"]:
            return


def ids(things: list[Json]) -> list[str]:
    return [each["id"] for each in things]


def test_a_list_is_read_until_there_is_no_more(sdk: Sdk, catalogue: Catalogue) -> None:
    made = [create(sdk, catalogue) for _ in range(2 * PER_PAGE)]
    read = list(pages(sdk, "deployments.list", device_id=catalogue.device))
    assert [len(page) for page in read] == [PER_PAGE, PER_PAGE]
    assert sorted(each for page in read for each in ids(page)) == sorted(made)


def test_numbers_out_of_range_are_moved_into_it(sdk: Sdk) -> None:
    shown = sdk("releases.list", limit=1_000, offset=-1)
    assert (shown["limit"], shown["offset"]) == (100, 0)


def test_a_list_is_ordered_as_told(sdk: Sdk, catalogue: Catalogue) -> None:
    older, newer = create(sdk, catalogue), create(sdk, catalogue)
    ascending = ["created_at:asc", "id:desc"] if sdk.speaks_tetons else "created_at:asc"
    assert ids(sdk("deployments.list", device_id=catalogue.device)["data"]) == [newer, older]
    assert ids(sdk("deployments.list", device_id=catalogue.device, order_by=ascending)["data"]) == [older, newer]


def test_only_what_is_asked_for_is_counted(sdk: Sdk, catalogue: Catalogue) -> None:
    create(sdk, catalogue)
    counted = sdk("deployments.list", device_id=catalogue.device, expand=["total_count"])
    assert counted["total_count"] == 1
    assert sdk("deployments.list", device_id=catalogue.device).get("total_count") == (None if sdk.speaks_tetons else -1)


def test_a_tetons_filter_takes_several_values(tetons: Sdk, catalogue: Catalogue) -> None:
    archived, staged = create(tetons, catalogue), create(tetons, catalogue)
    with tetons.sending() as sent:
        found = tetons("deployments.list", id=[staged, archived], activity_status=["archived", "queued"])
    assert ids(found["data"]) == [archived]
    assert sent == [f"GET /beta/deployments?id={staged}%2C{archived}&activity_status=archived%2Cqueued"]


def test_the_older_versions_filter_by_their_own_words(older_sdk: Sdk, catalogue: Catalogue) -> None:
    word = "pending" if older_sdk.package is APPROVALS else "staged"
    archived = create(older_sdk, catalogue)
    waiting = create(older_sdk, catalogue, target_status=word)
    by_device = {"device_id": catalogue.device}
    assert ids(older_sdk("deployments.list", activity_status=word, **by_device)["data"]) == [waiting]
    assert ids(older_sdk("deployments.list", target_status="archived", **by_device)["data"]) == [archived]


def test_the_older_versions_filter_instances_by_where_they_stand(older_sdk: Sdk, catalogue: Catalogue) -> None:
    deployment = create(older_sdk, catalogue)
    (made,) = older_sdk("deployments.retrieve", deployment, expand=["config_instances"])["config_instances"]
    by_standing = {"device_id": catalogue.device, "target_status": "created", "activity_status": "created"}
    assert ids(older_sdk("config_instances.list", error_status="none", **by_standing)["data"]) == [made["id"]]
    assert older_sdk("config_instances.list", device_id=catalogue.device, error_status="failed")["data"] == []


def test_the_older_versions_find_devices_by_their_current_release(older_sdk: Sdk, catalogue: Catalogue) -> None:
    mine = {"id": catalogue.device, "current_release_id": catalogue.release}
    assert older_sdk("devices.list", **mine)["data"] == []
    deploy(older_sdk, create(older_sdk, catalogue))
    assert ids(older_sdk("devices.list", **mine)["data"]) == [catalogue.device]


def test_what_is_expanded_is_read_to_its_documents(tetons: Sdk, catalogue: Catalogue) -> None:
    deployment = create(tetons, catalogue)
    shown = tetons(
        "deployments.retrieve", deployment, expand=["release.config_schemas.documents", "config_instances.content"]
    )
    (schema,), (instance,) = shown["release"]["config_schemas"], shown["config_instances"]
    assert schema["documents"][0]["name"] == "drivetrain.json"
    assert instance["content"] == {"format": "json", "data": CONTENT}
    assert "device" not in shown


def test_what_the_older_versions_do_not_expand_is_null(approvals: Sdk, catalogue: Catalogue) -> None:
    shown = approvals("deployments.retrieve", create(approvals, catalogue), expand=["device"])
    assert shown["device"]["id"] == catalogue.device
    assert (shown["release"], shown["config_instances"]) == (None, None)


EXPANDED = ("device", "release", "config_instances")
SPELLINGS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("expand", "device,release,config_instances"),),
    (("expand[]", "device,release,config_instances"),),
    tuple(("expand", name) for name in EXPANDED),
    tuple(("expand[]", name) for name in EXPANDED),
    (("expand", "device"), ("expand[]", "release,config_instances")),
    (("expand[]", "config_instances"), ("expand", "release"), ("expand", "device")),
)


def test_10_4_point_6_every_spelling_of_expand_gives_the_same_body(
    sdk: Sdk, service: RunningService, catalogue: Catalogue
) -> None:
    deployment = create(sdk, catalogue)
    with sdk.sending() as sent:
        sdk("deployments.retrieve", deployment, expand=EXPANDED)
    root, spelled_by_sdk = sent[0].removeprefix("GET ").split("?")
    queries = [spelled_by_sdk, *(urlencode(spelling) for spelling in SPELLINGS)]
    with httpx.Client(base_url=service.credentials["miru"]["url"], headers=headers(sdk, service)) as client:
        bodies = [client.get(f"{root}?{query}").raise_for_status().json() for query in queries]
    assert bodies == [bodies[0]] * len(queries)
    assert bodies[0]["release"]["id"] == catalogue.release


def headers(sdk: Sdk, service: RunningService) -> dict[str, str]:
    """What makes a request one of the SDK's version."""
    version = {TETONS: "2026-03-09.tetons", APPROVALS: "v1", ZION: "2025-10-21.zion"}[sdk.package]
    return {"X-API-Key": service.credentials["miru"]["api_key"], "Miru-Version": version}
