from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest

from sluiceway.domain.errors import Conflict, Invalid, Unauthenticated
from sluiceway.storage import keys
from sluiceway.storage.table import Delete, Update
from sluiceway.usecases import log_in as log_in_module
from sluiceway.usecases.create_workspace import CreatedWorkspace, NewWorkspace, create_workspace
from sluiceway.usecases.credentials import DEVICES, USERS, UserCredentials
from sluiceway.usecases.device_limit import load_device_limit
from sluiceway.usecases.log_in import log_in
from sluiceway.usecases.passwords import NOBODYS_HASH, hash_password, is_password, new_password
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import UserSession, open_user_session
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.unit.usecases.stores import make_service

PASSWORD = "correct horse"
NEW = NewWorkspace("a", "a@example.com", PASSWORD)


@pytest.fixture(name="service")
def _service() -> Service:
    return make_service()


@pytest.fixture(name="cheap_hashes")
def _cheap_hashes() -> Iterator[None]:
    """Real hashes, made with less work."""
    with patch("sluiceway.usecases.passwords._COST", 2**4), patch("sluiceway.usecases.passwords._PARALLEL", 1):
        yield


@pytest.fixture(name="made")
def _made(service: Service, cheap_hashes: None) -> CreatedWorkspace:  # noqa: ARG001 - a fixture of this one only
    return create_workspace(service, NEW, NOW)


def session_of(service: Service, token: str, *, after: timedelta = timedelta()) -> UserSession:
    claims = service.tokens.verify(token, audience=USERS, now=NOW)
    return open_user_session(service, claims, NOW + after)


@pytest.fixture(name="derivations")
def _derivations() -> Iterator[list[str]]:
    """The hashes that passwords are compared with."""
    compared: list[str] = []

    def recorded(password: str, password_hash: str) -> bool:
        compared.append(password_hash)
        return is_password(password, password_hash)

    with patch.object(log_in_module, "is_password", recorded):
        yield compared


def test_a_password_is_told_from_every_other_one() -> None:
    made = hash_password(PASSWORD)
    assert is_password(PASSWORD, made)
    assert not is_password(f"{PASSWORD} ", made)
    assert not is_password(PASSWORD, NOBODYS_HASH)


def test_a_hash_shows_its_parameters_and_nothing_of_the_password() -> None:
    first, second = hash_password(PASSWORD), hash_password(PASSWORD)
    assert first.split("$")[:4] == ["scrypt", "32768", "8", "3"]
    assert first.split("$")[4] != second.split("$")[4]


def test_a_hash_made_with_older_parameters_still_holds() -> None:
    with patch("sluiceway.usecases.passwords._COST", 2**10), patch("sluiceway.usecases.passwords._PARALLEL", 1):
        older = hash_password(PASSWORD)
    assert older.startswith("scrypt$1024$8$1$")
    assert is_password(PASSWORD, older)


def test_new_passwords_differ() -> None:
    assert len({new_password() for _ in range(100)}) == 100
    assert len(new_password()) == 24


def test_the_first_user_of_a_workspace_may_work_at_once(service: Service, made: CreatedWorkspace) -> None:
    session = session_of(service, made.token)
    assert (session.workspace, session.user_id) == (made.workspace.id, made.user.id)


@pytest.mark.usefixtures("cheap_hashes")
def test_a_workspace_may_be_made_with_a_limit_of_devices(service: Service) -> None:
    made = create_workspace(service, replace(NEW, max_devices=3), NOW)
    assert load_device_limit(service, made.workspace.id).most == 3


def test_the_first_token_lives_thirty_days(service: Service, made: CreatedWorkspace) -> None:
    session_of(service, made.token, after=timedelta(days=30, seconds=-1))
    with pytest.raises(Unauthenticated):
        session_of(service, made.token, after=timedelta(days=30))


def test_a_mail_address_belongs_to_one_user_of_all_workspaces(service: Service, made: CreatedWorkspace) -> None:
    with pytest.raises(Conflict, match=r"a@example\.com"):
        create_workspace(service, replace(NEW, mail=" A@Example.com "), NOW)
    assert log_in(service, made.user.mail, PASSWORD, NOW)


def test_the_first_workspace_stays_that_of_devices_that_name_none(service: Service, made: CreatedWorkspace) -> None:
    create_workspace(service, replace(NEW, mail="b@example.com"), NOW)
    assert service.table.get(keys.default_workspace()) == {"ws": made.workspace.id}


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 257}, "name"),
        ({"mail": ""}, "username"),
        ({"mail": "nobody"}, "username"),
        ({"mail": "@example.com"}, "username"),
        ({"mail": "a:b@example.com"}, "username"),
        ({"mail": f"{'x' * 256}@example.com"}, "an id"),
        ({"password": "seven77"}, "password"),
        ({"max_devices": -1}, "max_devices"),
    ],
)
def test_a_workspace_that_cannot_be_is_refused_and_leaves_nothing(
    service: Service, change: dict[str, Any], member: str
) -> None:
    with pytest.raises(Invalid, match=member):
        create_workspace(service, replace(NEW, **change), NOW)
    assert service.table.get(keys.default_workspace()) is None


def test_secrets_are_not_in_what_is_printed(made: CreatedWorkspace) -> None:
    assert PASSWORD not in repr(NEW)
    assert made.token not in repr(made)


@pytest.mark.parametrize("mail", ["a@example.com", "A@EXAMPLE.COM", " a@example.com"])
def test_a_login_gives_a_session_whatever_the_case_of_the_mail(
    service: Service, made: CreatedWorkspace, mail: str
) -> None:
    session = session_of(service, log_in(service, mail, PASSWORD, NOW))
    assert session.user_id == made.user.id


@pytest.mark.parametrize(
    ("mail", "password"),
    [
        ("a@example.com", "wrong horse"),
        ("a@example.com", ""),
        ("b@example.com", PASSWORD),
        ("", PASSWORD),
        ("x" * 300, PASSWORD),
    ],
)
@pytest.mark.usefixtures("made")
def test_what_was_wrong_about_a_login_is_not_told(service: Service, mail: str, password: str) -> None:
    with pytest.raises(Unauthenticated, match=r"^unauthorized$"):
        log_in(service, mail, password, NOW)


def test_an_unknown_mail_costs_what_a_known_one_costs(service: Service, derivations: list[str]) -> None:
    create_workspace(service, NEW, NOW)
    spent = []
    for mail in ("a@example.com", "b@example.com"):
        with measured(service.table) as meter, pytest.raises(Unauthenticated):
            log_in(service, mail, "wrong horse", NOW)
        spent.append(meter.usage)
    assert spent[0] == spent[1]
    assert derivations[0].split("$")[:4] == derivations[1].split("$")[:4]


@pytest.mark.parametrize(("no_expiry", "life"), [(False, timedelta(days=7)), (True, timedelta(days=3650))])
@pytest.mark.usefixtures("made")
def test_a_login_lasts_a_week_or_as_good_as_for_ever(service: Service, life: timedelta, *, no_expiry: bool) -> None:
    token = log_in(service, "a@example.com", PASSWORD, NOW, no_expiry=no_expiry)
    session_of(service, token, after=life - timedelta(seconds=1))
    with pytest.raises(Unauthenticated):
        session_of(service, token, after=life)


def test_a_token_that_was_taken_back_is_refused_and_others_are_not(service: Service, made: CreatedWorkspace) -> None:
    other = log_in(service, "a@example.com", PASSWORD, NOW)
    session = session_of(service, other)
    service.table.write(Delete(keys.token(session.workspace, session.token_id)))
    with pytest.raises(Unauthenticated):
        session_of(service, other)
    assert session_of(service, made.token)


def test_no_token_outlives_its_user(service: Service, made: CreatedWorkspace) -> None:
    service.table.write(Delete(keys.user(made.workspace.id, made.user.id)))
    with pytest.raises(Unauthenticated):
        session_of(service, made.token)


def test_raising_the_epoch_ends_all_tokens_of_a_user(service: Service, made: CreatedWorkspace) -> None:
    service.table.write(Update(keys.user(made.workspace.id, made.user.id), add={"ep": 1}))
    with pytest.raises(Unauthenticated):
        session_of(service, made.token)


def test_a_token_works_for_the_user_it_was_made_for_only(service: Service, made: CreatedWorkspace) -> None:
    other = create_workspace(service, replace(NEW, mail="b@example.com"), NOW)
    own = UserCredentials.from_claims(service.tokens.verify(made.token, audience=USERS, now=NOW))
    for stolen in (replace(own, user_id=other.user.id), replace(own, workspace=other.workspace.id)):
        with pytest.raises(Unauthenticated):
            open_user_session(service, stolen.to_claims(), NOW)


def test_a_user_token_is_no_device_token(service: Service, made: CreatedWorkspace) -> None:
    with pytest.raises(Unauthenticated):
        service.tokens.verify(made.token, audience=DEVICES, now=NOW)


def test_proving_a_user_is_one_call_and_two_units(service: Service, made: CreatedWorkspace) -> None:
    with measured(service.table) as meter:
        session_of(service, made.token)
    assert (meter.usage.calls, meter.usage.read_units, meter.usage.write_units) == (1, 2, 0)
