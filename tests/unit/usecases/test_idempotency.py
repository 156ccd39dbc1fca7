"""Requests that are sent again: the first one makes something, the others find it (miru contract 3.4)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sluiceway.domain.config_deployment import Archive, Target
from sluiceway.domain.errors import IdempotencyMismatch, ReleaseNotCurrent
from sluiceway.usecases.config_instances import list_config_instances
from sluiceway.usecases.config_lists import find_config_deployments
from sluiceway.usecases.config_records import Listing
from sluiceway.usecases.config_tokens import INVITATION_LIFE, IssuedToken, issue_provisioning_token
from sluiceway.usecases.create_config_deployment import create_config_deployment
from sluiceway.usecases.create_config_instances import NewConfigInstance, create_config_instance
from sluiceway.usecases.idempotency import KEPT_FOR, Once, once_of
from tests.support.app import NOW
from tests.support.configs import Catalogue
from tests.unit.usecases.stores import WORKSPACE, before_call, over

REQUEST = ("key", "/v1/deployments", "mine")
ONCE = once_of(WORKSPACE, REQUEST, b"{}")


@pytest.fixture(name="catalogue")
def _catalogue() -> Catalogue:
    return Catalogue()


def instances(catalogue: Catalogue) -> int:
    return list_config_instances(catalogue.service, WORKSPACE, Listing()).total


def test_a_request_that_is_sent_again_finds_what_it_made(catalogue: Catalogue) -> None:
    new = NewConfigInstance(catalogue.schema().id, "{}")
    made = create_config_instance(catalogue.service, WORKSPACE, new, NOW, once=ONCE)
    assert create_config_instance(catalogue.service, WORKSPACE, new, NOW, once=ONCE) == made
    assert instances(catalogue) == 1


def test_it_answers_what_was_made_as_it_is_by_then(catalogue: Catalogue) -> None:
    new = catalogue.draft(catalogue.device(), catalogue.release())
    made = create_config_deployment(catalogue.service, WORKSPACE, new, NOW, once=ONCE)
    catalogue.change(made, Archive(spares_validating=True))
    again = create_config_deployment(catalogue.service, WORKSPACE, new, NOW, once=ONCE)
    assert (again.id, again.target) == (made.id, Target.ARCHIVED)


@pytest.mark.parametrize(
    "other",
    [
        once_of(WORKSPACE, ("other", *REQUEST[1:]), b"{}"),
        once_of(WORKSPACE, ("key", "/v1/config_instances", "mine"), b"{}"),
        once_of(WORKSPACE, (*REQUEST[:2], "other"), b"{}"),
        once_of(WORKSPACE, ("key/v1", "/deployments", "mine"), b"{}"),
    ],
)
def test_another_key_path_or_caller_is_another_request(catalogue: Catalogue, other: Once) -> None:
    new = NewConfigInstance(catalogue.schema().id, "{}")
    for once in (ONCE, other):
        create_config_instance(catalogue.service, WORKSPACE, new, NOW, once=once)
    assert instances(catalogue) == 2


def test_the_same_key_with_another_body_is_refused(catalogue: Catalogue) -> None:
    new = NewConfigInstance(catalogue.schema().id, "{}")
    create_config_instance(catalogue.service, WORKSPACE, new, NOW, once=ONCE)
    with pytest.raises(IdempotencyMismatch):
        create_config_instance(catalogue.service, WORKSPACE, new, NOW, once=once_of(WORKSPACE, REQUEST, b"{ }"))
    assert instances(catalogue) == 1


def test_a_request_is_remembered_for_a_day_and_no_longer(catalogue: Catalogue) -> None:
    new = NewConfigInstance(catalogue.schema().id, "{}")
    for moment in (NOW, NOW + KEPT_FOR - timedelta(milliseconds=1)):
        create_config_instance(catalogue.service, WORKSPACE, new, moment, once=ONCE)
    assert instances(catalogue) == 1
    later = NOW + KEPT_FOR
    other = once_of(WORKSPACE, REQUEST, b"other")
    made = create_config_instance(catalogue.service, WORKSPACE, new, later, once=other)
    assert create_config_instance(catalogue.service, WORKSPACE, new, later, once=other) == made
    assert instances(catalogue) == 2


def test_a_request_that_was_refused_is_tried_anew(catalogue: Catalogue) -> None:
    device, release = catalogue.device(), catalogue.release()
    new = catalogue.draft(device, release, Target.DEPLOYED)
    with pytest.raises(ReleaseNotCurrent):
        create_config_deployment(catalogue.service, WORKSPACE, new, NOW, once=ONCE)
    catalogue.deployed(device, release)
    create_config_deployment(catalogue.service, WORKSPACE, new, NOW, once=ONCE)


@pytest.mark.parametrize("call", range(7))
def test_whenever_the_same_request_comes_first_one_deployment_is_made(catalogue: Catalogue, call: int) -> None:
    new = catalogue.draft(catalogue.device(), catalogue.release())
    first = []

    def create_first() -> None:
        first.append(create_config_deployment(catalogue.service, WORKSPACE, new, NOW, once=ONCE))

    service = over(catalogue.service, before_call(call, create_first))
    made = create_config_deployment(service, WORKSPACE, new, NOW, once=ONCE)
    assert [each.id for each in first] == [made.id]
    assert len(find_config_deployments(catalogue.service, WORKSPACE, lambda _: True)) == 1


@pytest.mark.parametrize("call", range(2))
def test_whenever_the_same_request_comes_first_one_token_is_issued(catalogue: Catalogue, call: int) -> None:
    first: list[IssuedToken] = []

    def issue_first() -> None:
        first.append(issue_provisioning_token(catalogue.service, WORKSPACE, NOW, once=ONCE))

    service = over(catalogue.service, before_call(call, issue_first))
    later = NOW + timedelta(seconds=1)
    assert [issue_provisioning_token(service, WORKSPACE, later, once=ONCE)] == first
    assert first[0].expires == NOW + INVITATION_LIFE
