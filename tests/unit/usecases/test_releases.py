"""Editing and deleting releases while others are at work (mender contract 4.3)."""

from __future__ import annotations

import pytest

from sluiceway.domain.errors import NoSuchName, TooManyTags
from sluiceway.usecases.delete_artifact import delete_artifact
from sluiceway.usecases.delete_releases import delete_releases
from sluiceway.usecases.edit_releases import describe_release, find_release, tag_release, tags_in_use
from sluiceway.usecases.find_releases import ReleaseFilter, find_releases, with_artifacts
from sluiceway.usecases.service import Service
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.unit.usecases.stores import WORKSPACE, assert_whole, before_call, live_artifacts, make_service, over, upload

CALLS = range(3)
"""Those of an edit: the release, the tags, the transaction."""


@pytest.fixture
def service() -> Service:
    return make_service()


def tag(service: Service, name: str, *tags: str) -> None:
    tag_release(service, WORKSPACE, name, tags, NOW)


@pytest.mark.parametrize("call", CALLS)
def test_of_two_releases_that_take_the_last_place_for_a_tag_one_is_refused(service: Service, call: int) -> None:
    for number in range(5):
        upload(service, f"full-{number}")
        tag(service, f"full-{number}", *(f"{number}-{each}" for each in range(20 if number < 4 else 19)))
    upload(service, "a")
    upload(service, "b")
    with pytest.raises(TooManyTags):
        tag(over(service, before_call(call, lambda: tag(service, "b", "from-b"))), "a", "from-a")
    assert len(tags_in_use(service, WORKSPACE)) == 100
    assert "from-b" in tags_in_use(service, WORKSPACE)


@pytest.mark.parametrize("call", CALLS)
def test_notes_and_tags_that_are_given_at_once_are_both_kept(service: Service, call: int) -> None:
    upload(service, "app")
    tag(over(service, before_call(call, lambda: describe_release(service, WORKSPACE, "app", "notes", NOW))), "app", "x")
    release = find_release(service, WORKSPACE, "app")
    assert (release.notes, release.tags) == ("notes", ("x",))


@pytest.mark.parametrize("call", CALLS)
def test_no_tag_is_left_of_a_release_that_goes_while_it_is_tagged(service: Service, call: int) -> None:
    artifact = upload(service, "app")
    with pytest.raises(NoSuchName):
        tag(over(service, before_call(call, lambda: delete_artifact(service, WORKSPACE, artifact.id, NOW))), "app", "x")
    assert tags_in_use(service, WORKSPACE) == []


@pytest.mark.parametrize("call", range(5))
def test_what_is_uploaded_while_its_release_is_deleted_is_deleted_or_whole(service: Service, call: int) -> None:
    upload(service, "app", "board-a")
    turn = before_call(call, lambda: upload(service, "app", "board-b"))
    delete_releases(over(service, turn), WORKSPACE, ["app"], NOW)
    assert len(live_artifacts(service)) <= 1
    assert_whole(service)


def test_lists_and_edits_cost_what_the_storage_page_says(service: Service) -> None:
    for name in ("a", "b", "c"):
        upload(service, name)
    with measured(service.table) as listing:
        with_artifacts(service, WORKSPACE, find_releases(service, WORKSPACE, ReleaseFilter()))
    with measured(service.table) as tagging:
        tag(service, "a", "x")
    assert listing.usage.calls == 2
    assert (tagging.usage.calls, tagging.usage.read_units, tagging.usage.write_units) == (3, 2, 4)
