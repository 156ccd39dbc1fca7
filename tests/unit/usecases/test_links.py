"""Links to artifacts, and where they lead (mender contract 2.6, 9.2, 14.4)."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from sluiceway.domain.artifacts import Artifact
from sluiceway.domain.errors import Forbidden, NotFound
from sluiceway.usecases.credentials import DEVICES
from sluiceway.usecases.delete_artifact import delete_artifact
from sluiceway.usecases.links import Link, MissingBytesError, device_link, follow_link, user_link
from sluiceway.usecases.releases import mark_used
from sluiceway.usecases.service import Service
from tests.support.app import NOW
from tests.unit.usecases.stores import WORKSPACE, make_service, upload

ORIGIN = "https://fleet.example.com"
HOUR = timedelta(hours=1)


@pytest.fixture
def service() -> Service:
    return make_service()


@pytest.fixture
def artifact(service: Service) -> Artifact:
    return upload(service, 'app "1"')


def token_of(link: Link) -> str:
    return link.uri.rpartition("/")[2]


def test_a_device_link_lives_a_day(service: Service, artifact: Artifact) -> None:
    link = device_link(service, ORIGIN, artifact, NOW)
    assert link.expires == NOW + timedelta(hours=24)
    assert link.uri.startswith("https://fleet.example.com/api/devices/v1/deployments/download/")


def test_a_link_is_short_and_one_path_segment(service: Service, artifact: Artifact) -> None:
    path = urlsplit(device_link(service, ORIGIN, artifact, NOW).uri).path
    assert len(path) < 1024
    assert path.count("/") == "/api/devices/v1/deployments/download/token".count("/")


def test_a_link_leads_to_the_bytes_under_the_name_of_the_artifact(service: Service, artifact: Artifact) -> None:
    target = urlsplit(follow_link(service, token_of(device_link(service, ORIGIN, artifact, NOW)), NOW))
    query = parse_qs(target.query)
    assert target.path == f"/{artifact.stored.key}"
    assert query["filename"] == ['app "1".mender']
    assert query["expires"] == [(NOW + timedelta(minutes=5)).isoformat()]


def test_a_link_is_signed_anew_whenever_it_is_followed(service: Service, artifact: Artifact) -> None:
    token = token_of(device_link(service, ORIGIN, artifact, NOW))
    assert follow_link(service, token, NOW) != follow_link(service, token, NOW + HOUR)


def test_a_link_works_until_it_expires(service: Service, artifact: Artifact) -> None:
    link = user_link(service, ORIGIN, artifact, HOUR, NOW + timedelta(milliseconds=700))
    follow_link(service, token_of(link), link.expires - timedelta(milliseconds=1))
    with pytest.raises(Forbidden):
        follow_link(service, token_of(link), link.expires)


@pytest.mark.parametrize("damage", ["x", ".", ""])
def test_a_tampered_link_is_refused(service: Service, artifact: Artifact, damage: str) -> None:
    token = token_of(device_link(service, ORIGIN, artifact, NOW))
    header, payload, signature = token.split(".")
    with pytest.raises(Forbidden):
        follow_link(service, f"{header}.{payload}{damage}.{signature[::-1]}", NOW)


def test_a_token_for_something_else_is_refused(service: Service, artifact: Artifact) -> None:
    claims = {"ws": WORKSPACE, "sub": artifact.id}
    token = service.tokens.sign(claims, audience=DEVICES, issued=NOW, expires=NOW + HOUR)
    with pytest.raises(Forbidden):
        follow_link(service, token, NOW)


@pytest.mark.parametrize("used", [False, True])
def test_a_link_to_a_deleted_artifact_finds_nothing(service: Service, artifact: Artifact, used: bool) -> None:  # noqa: FBT001
    token = token_of(device_link(service, ORIGIN, artifact, NOW))
    if used:
        mark_used(service, artifact)
    delete_artifact(service, WORKSPACE, artifact.id, NOW)
    with pytest.raises(NotFound):
        follow_link(service, token, NOW)


def test_a_user_gets_no_link_to_bytes_that_are_gone(service: Service, artifact: Artifact) -> None:
    service.objects.delete(artifact.stored)
    with pytest.raises(MissingBytesError, match="delete the artifact and upload it again"):
        user_link(service, ORIGIN, artifact, HOUR, NOW)
