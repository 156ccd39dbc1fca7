"""Workflows, their versions and the tokens of programs, as users manage them (losant contract 5.2, 5.5)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sluiceway.domain.application_token import EVERYTHING, Effect
from sluiceway.domain.errors import Invalid, InvalidField, MissingScopes, NotFound, TooLarge, Unauthenticated
from sluiceway.domain.workflow import MOST_SENT_BYTES, WorkflowClass, WorkflowContent
from sluiceway.storage.memory import MemoryTable
from sluiceway.usecases import application_tokens
from sluiceway.usecases.application_tokens import (
    NewApplicationToken,
    create_application_token,
    get_application_token,
    issue_application_token,
    list_application_tokens,
    open_application_session,
    revoke_application_token,
)
from sluiceway.usecases.object_lists import ObjectField, ObjectListing
from sluiceway.usecases.workflow_versions import (
    NewWorkflowVersion,
    get_workflow_version,
    list_workflow_versions,
    load_version_content,
    publish_workflow_version,
    remove_workflow_version,
    update_workflow_version,
)
from sluiceway.usecases.workflows import (
    NewWorkflow,
    WorkflowChange,
    create_workflow,
    delete_workflow,
    get_workflow,
    list_workflows,
    load_workflow_content,
    update_workflow,
)
from tests.support.app import NOW
from tests.support.faults import FaultyTable
from tests.support.workflow_fleet import OPERATOR, WORKSPACE, WorkflowFleet
from tests.unit.usecases.stores import before_call

CONTENT = WorkflowContent(({"type": "timer"},), ({"type": "debug", "config": {"a": [1, 2.5]}},), ({"key": "k"},))
LATER = NOW + timedelta(hours=1)


@pytest.fixture
def fleet() -> WorkflowFleet:
    return WorkflowFleet(MemoryTable())


def test_a_workflow_is_kept_with_the_content_that_is_being_developed(fleet: WorkflowFleet) -> None:
    new = NewWorkflow("pump", WorkflowClass.EDGE, "what it does", False, "1.2.3", CONTENT)
    made = create_workflow(fleet.service, WORKSPACE, new, NOW)

    assert get_workflow(fleet.service, WORKSPACE, made.id) == made
    assert load_workflow_content(fleet.service, made) == CONTENT
    assert load_workflow_content(fleet.service, fleet.workflow()) == WorkflowContent()
    for absent in ("#", "", "64b1f0c2a9d3e85f7c10f099"):
        with pytest.raises(NotFound):
            get_workflow(fleet.service, WORKSPACE, absent)


def test_a_change_of_a_workflow_leaves_what_it_does_not_name(fleet: WorkflowFleet) -> None:
    new = NewWorkflow("pump", WorkflowClass.EDGE, "what it does", content=CONTENT)
    made = create_workflow(fleet.service, WORKSPACE, new, NOW)
    renamed = update_workflow(fleet.service, WORKSPACE, made.id, WorkflowChange(name="press"), LATER)

    assert (renamed.name, renamed.description, renamed.updated, renamed.created) == (
        "press",
        "what it does",
        LATER,
        NOW,
    )
    assert load_workflow_content(fleet.service, renamed) == CONTENT
    emptied = WorkflowChange(content=lambda before: replace(before, nodes=()), is_enabled=False)
    changed = update_workflow(fleet.service, WORKSPACE, made.id, emptied, LATER)
    assert (load_workflow_content(fleet.service, changed), changed.is_enabled) == (replace(CONTENT, nodes=()), False)


def test_workflows_are_listed_by_their_class_until_they_are_deleted(fleet: WorkflowFleet) -> None:
    one, other = fleet.workflow("b"), fleet.workflow("a")
    fleet.workflow("cloud", WorkflowClass.CLOUD)

    def listed() -> list[str]:
        page = list_workflows(fleet.service, WORKSPACE, WorkflowClass.EDGE, ObjectListing())
        assert page.total == len(page.objects)
        return [each.id for each in page.objects]

    assert listed() == [other.id, one.id]
    delete_workflow(fleet.service, WORKSPACE, other.id, OPERATOR, LATER)
    assert listed() == [one.id]
    with pytest.raises(NotFound):
        delete_workflow(fleet.service, WORKSPACE, other.id, OPERATOR, LATER)
    with pytest.raises(NotFound):
        fleet.publish(other, "v1")


def test_a_version_is_found_by_id_and_by_name_an_id_first(fleet: WorkflowFleet) -> None:
    pump = fleet.workflow()
    first = fleet.publish(pump, "a/b?c#d")
    shadow = fleet.publish(pump, first.id)
    hexadecimal = fleet.publish(pump, "64b1f0c2a9d3e85f7c10f099")

    def found(id_or_name: str) -> str:
        return get_workflow_version(fleet.service, WORKSPACE, pump.id, id_or_name).id

    assert found("a/b?c#d") == found(first.id) == first.id
    assert found(shadow.id) == shadow.id
    assert found("64b1f0c2a9d3e85f7c10f099") == hexadecimal.id
    with pytest.raises(NotFound):
        found("a/b")


@pytest.mark.parametrize("name", ["", "x" * 256, "develop", "default"])
def test_some_names_are_no_version(fleet: WorkflowFleet, name: str) -> None:
    with pytest.raises(InvalidField):
        fleet.publish(fleet.workflow(), name)


def test_a_name_is_published_once_unless_its_replacement_is_allowed(fleet: WorkflowFleet) -> None:
    pump = fleet.workflow()
    new = NewWorkflowVersion("v1", CONTENT, notes="first")
    first = publish_workflow_version(fleet.service, WORKSPACE, pump.id, new, NOW)
    with pytest.raises(InvalidField, match="exists already"):
        publish_workflow_version(fleet.service, WORKSPACE, pump.id, new, LATER)
    assert load_version_content(fleet.service, first) == CONTENT
    again = publish_workflow_version(
        fleet.service, WORKSPACE, pump.id, NewWorkflowVersion("v1", may_replace=True), LATER
    )

    assert (again.id, again.created, again.updated) == (first.id, NOW, LATER)
    assert again.etag != first.etag
    assert load_version_content(fleet.service, again) == WorkflowContent()
    assert load_version_content(fleet.service, first) == CONTENT


def test_of_two_who_publish_a_name_at_once_one_is_refused(fleet: WorkflowFleet) -> None:
    pump = fleet.workflow()
    for call in range(3):
        new = NewWorkflowVersion(f"v{call}")
        publish = lambda new=new: publish_workflow_version(fleet.service, WORKSPACE, pump.id, new, NOW)  # noqa: E731
        late = fleet.over(FaultyTable(fleet.table, before_call(call, publish)))
        with pytest.raises(InvalidField, match="exists already"):
            publish_workflow_version(late, WORKSPACE, pump.id, new, NOW)


def test_a_version_keeps_its_content_and_may_change_its_notes(fleet: WorkflowFleet) -> None:
    pump = fleet.workflow()
    made = fleet.publish(pump, "v1", "one")
    changed = update_workflow_version(fleet.service, WORKSPACE, pump.id, "v1", notes="good", is_enabled=None, now=LATER)

    assert (changed.notes, changed.is_enabled, changed.etag, changed.updated) == ("good", True, made.etag, LATER)
    off = update_workflow_version(fleet.service, WORKSPACE, pump.id, made.id, notes=None, is_enabled=False, now=LATER)
    assert (off.notes, off.is_enabled) == ("good", False)


def test_versions_are_listed_and_a_deleted_name_is_free_again(fleet: WorkflowFleet) -> None:
    pump = fleet.workflow()
    made = [fleet.publish(pump, name) for name in ("b", "a", "c")]
    listing = ObjectListing(ObjectField.NAME, descending=True, offset=1, limit=1)
    page = list_workflow_versions(fleet.service, WORKSPACE, pump.id, listing)
    assert ([each.name for each in page.objects], page.total) == (["b"], 3)
    remove_workflow_version(fleet.service, WORKSPACE, pump.id, "b", source=OPERATOR, now=LATER)

    with pytest.raises(NotFound):
        get_workflow_version(fleet.service, WORKSPACE, pump.id, made[0].id)
    assert fleet.publish(pump, "b").id != made[0].id


@pytest.mark.parametrize("text", ["x" * (5 * 1024 * 1024), '"' * (MOST_SENT_BYTES // 4)])
def test_a_content_above_five_megabytes_or_that_no_answer_holds_is_refused(fleet: WorkflowFleet, text: str) -> None:
    large = WorkflowContent(nodes=({"type": text},))
    with pytest.raises(TooLarge):
        create_workflow(fleet.service, WORKSPACE, NewWorkflow("pump", content=large), NOW)
    pump, new = fleet.workflow(), NewWorkflowVersion("v1", large)
    with pytest.raises(TooLarge):
        publish_workflow_version(fleet.service, WORKSPACE, pump.id, new, NOW)


def test_a_token_is_good_until_it_is_revoked_and_its_text_is_nowhere(fleet: WorkflowFleet) -> None:
    shown = issue_application_token(fleet.service, WORKSPACE, NewApplicationToken("ci"), NOW)
    session = open_application_session(fleet.service, shown.text, NOW)

    assert (session.workspace, session.token_id) == (WORKSPACE, shown.token.id)
    session.require(Effect.WRITE, "edgeDeployments.release")
    assert isinstance(fleet.table, MemoryTable)
    assert shown.text not in repr(fleet.table.contents()) + repr(shown)
    assert list_application_tokens(fleet.service, WORKSPACE) == [shown.token]
    assert get_application_token(fleet.service, WORKSPACE, shown.token.id) == shown.token
    revoke_application_token(fleet.service, WORKSPACE, shown.token.id)
    for text in (shown.text, "guess", shown.text[:-1] + ("a" if shown.text[-1] != "a" else "b")):
        with pytest.raises(Unauthenticated):
            open_application_session(fleet.service, text, NOW)
    with pytest.raises(NotFound):
        revoke_application_token(fleet.service, WORKSPACE, shown.token.id)


def test_a_token_that_is_inactive_or_expired_is_refused(fleet: WorkflowFleet) -> None:
    inactive = issue_application_token(fleet.service, WORKSPACE, NewApplicationToken("a", is_active=False), NOW)
    ending = issue_application_token(fleet.service, WORKSPACE, NewApplicationToken("b", expires=LATER), NOW)
    open_application_session(fleet.service, ending.text, LATER - timedelta(seconds=1))
    for text in (inactive.text, ending.text):
        with pytest.raises(Unauthenticated):
            open_application_session(fleet.service, text, LATER)


def test_nobody_makes_a_token_that_may_do_more_than_their_own(fleet: WorkflowFleet) -> None:
    own = NewApplicationToken("own", frozenset({"applicationApiTokens.post", "flows.*"}))
    creator = open_application_session(
        fleet.service, issue_application_token(fleet.service, WORKSPACE, own, NOW).text, NOW
    )
    made = create_application_token(fleet.service, creator, NewApplicationToken("less", frozenset({"flows.get"})), NOW)
    assert made.token.creator_id == creator.token_id
    for scope in (EVERYTHING, "all.Application.read", "devices.get"):
        with pytest.raises(MissingScopes):
            create_application_token(fleet.service, creator, NewApplicationToken("more", frozenset({scope})), NOW)
    revoke_application_token(fleet.service, WORKSPACE, creator.token_id)
    with pytest.raises(Unauthenticated):
        create_application_token(fleet.service, creator, NewApplicationToken("x", frozenset({"flows.get"})), NOW)


def test_the_last_free_place_for_a_token_is_given_away_once(
    fleet: WorkflowFleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(application_tokens, "MOST_APPLICATION_TOKENS", 1)
    new = NewApplicationToken("ci")
    first = before_call(2, lambda: issue_application_token(fleet.service, WORKSPACE, new, NOW))
    with pytest.raises(Invalid):
        issue_application_token(fleet.over(FaultyTable(fleet.table, first)), WORKSPACE, new, NOW)
    assert len(list_application_tokens(fleet.service, WORKSPACE)) == 1


def test_a_token_that_ended_takes_no_place(fleet: WorkflowFleet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application_tokens, "MOST_APPLICATION_TOKENS", 1)
    ending = NewApplicationToken("ci", expires=LATER)
    issue_application_token(fleet.service, WORKSPACE, ending, NOW)
    with pytest.raises(Invalid):
        issue_application_token(fleet.service, WORKSPACE, ending, NOW)
    issue_application_token(fleet.service, WORKSPACE, NewApplicationToken("ci"), LATER)


def test_no_token_is_made_for_a_workspace_that_is_not_there(fleet: WorkflowFleet) -> None:
    with pytest.raises(NotFound):
        issue_application_token(fleet.service, "other", NewApplicationToken("ci"), NOW)
