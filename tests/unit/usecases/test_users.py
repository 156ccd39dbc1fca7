from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from sluiceway.domain.errors import Conflict, Invalid, TooManyAttempts, Unauthenticated
from sluiceway.storage import keys
from sluiceway.storage.table import Delete, Update
from sluiceway.usecases import log_in as log_in_module
from sluiceway.usecases.create_workspace import CreatedWorkspace, NewWorkspace, create_workspace
from sluiceway.usecases.credentials import DEVICES, USERS, UserCredentials
from sluiceway.usecases.device_limit import load_device_limit
from sluiceway.usecases.log_in import log_in
from sluiceway.usecases.login_attempts import MOST_AT_ONCE, MOST_FAILURES, SPAN, WINDOW
from sluiceway.usecases.passwords import NOBODYS_HASH, hash_password, is_password, new_password
from sluiceway.usecases.service import Service
from sluiceway.usecases.sessions import UserSession, open_user_session
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.passwords import cheap_hashes
from tests.unit.usecases.stores import before_call, make_service, over

PASSWORD = "correct horse"
NEW = NewWorkspace("a", "a@example.com", PASSWORD)


@pytest.fixture(name="service")
def _service() -> Service:
    return make_service()


@pytest.fixture(name="cheap_hashes")
def _cheap_hashes() -> Iterator[None]:
    with cheap_hashes():
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


def fail_to_log_in(service: Service, mail: str, times: int, now: datetime = NOW) -> None:
    for _ in range(times):
        with pytest.raises(Unauthenticated):
            log_in(service, mail, "wrong horse", now)


@pytest.mark.parametrize("mail", ["a@example.com", "b@example.com"])
@pytest.mark.usefixtures("made")
def test_after_ten_failures_no_password_is_looked_at_until_the_window_ends(
    service: Service, derivations: list[str], mail: str
) -> None:
    fail_to_log_in(service, mail, 1)
    fail_to_log_in(service, mail.upper(), MOST_FAILURES - 1, NOW + timedelta(minutes=5))
    for password in ("wrong horse", PASSWORD):
        with pytest.raises(TooManyAttempts, match="try again in 1 seconds") as limited:
            log_in(service, mail, password, NOW + WINDOW - timedelta(milliseconds=1))
        assert limited.value.retry_after == 1
    assert len(derivations) == MOST_FAILURES
    fail_to_log_in(service, mail, MOST_FAILURES, NOW + WINDOW)


@pytest.mark.usefixtures("made")
def test_the_limit_of_one_mail_address_is_not_that_of_another(service: Service) -> None:
    fail_to_log_in(service, "b@example.com", MOST_FAILURES)
    assert log_in(service, "a@example.com", PASSWORD, NOW)


@pytest.mark.usefixtures("made")
def test_the_right_password_takes_failures_back(service: Service) -> None:
    for _ in range(3):
        fail_to_log_in(service, "a@example.com", MOST_FAILURES - 1)
        assert log_in(service, "a@example.com", PASSWORD, NOW)


@pytest.mark.parametrize(("earlier", "since"), [(0, timedelta()), (3, timedelta()), (MOST_FAILURES, WINDOW)])
@pytest.mark.parametrize(
    ("password", "call"), [*(("wrong horse", call) for call in range(6)), *((PASSWORD, call) for call in range(5))]
)
@pytest.mark.usefixtures("made")
def test_no_attempt_is_answered_that_others_made_one_too_many(
    service: Service, earlier: int, since: timedelta, password: str, call: int
) -> None:
    fail_to_log_in(service, "a@example.com", earlier)
    now, left = NOW + since, MOST_FAILURES - (0 if since else earlier)
    others = before_call(call, lambda: fail_to_log_in(service, "a@example.com", left, now))
    with pytest.raises(TooManyAttempts, match="failed logins"):
        log_in(over(service, others), "a@example.com", password, now)


@pytest.mark.usefixtures("made")
def test_logins_at_once_are_no_failures(service: Service) -> None:
    def log_in_around(others: int) -> None:
        interrupted = over(service, before_call(1, lambda: log_in_around(others - 1))) if others else service
        assert log_in(interrupted, "a@example.com", PASSWORD, NOW)

    log_in_around(others=29)


@pytest.mark.usefixtures("made")
def test_only_so_many_logins_begin_at_once_and_the_others_soon_after(service: Service, derivations: list[str]) -> None:
    for _ in range(MOST_AT_ONCE):
        assert log_in(service, "a@example.com", PASSWORD, NOW)
    with pytest.raises(TooManyAttempts, match="at once: try again in 2 seconds") as limited:
        log_in(service, "a@example.com", PASSWORD, NOW)
    assert limited.value.retry_after == SPAN.total_seconds() == 2
    assert len(derivations) == MOST_AT_ONCE
    assert log_in(service, "a@example.com", PASSWORD, NOW + SPAN)


@pytest.mark.parametrize("begun", [0, 1])
@pytest.mark.usefixtures("made")
def test_others_may_begin_the_last_attempt_between_the_count_and_its_raise(
    service: Service, derivations: list[str], begun: int
) -> None:
    def begin(attempts: int) -> None:
        for _ in range(attempts):
            log_in(service, "a@example.com", PASSWORD, NOW)

    def take_the_rest() -> None:
        begin(MOST_AT_ONCE - begun)

    begin(begun)
    with pytest.raises(TooManyAttempts, match="at once"):
        log_in(over(service, before_call(1, take_the_rest)), "a@example.com", PASSWORD, NOW)
    assert len(derivations) == MOST_AT_ONCE


@pytest.mark.usefixtures("made")
def test_an_attempt_that_dies_keeps_nobody_out(service: Service) -> None:
    with patch.object(log_in_module, "is_password", side_effect=MemoryError):
        for _ in range(MOST_AT_ONCE):
            with pytest.raises(MemoryError):
                log_in(service, "a@example.com", PASSWORD, NOW)
    assert log_in(service, "a@example.com", PASSWORD, NOW + SPAN)


def test_counts_of_attempts_go_away_by_themselves(service: Service) -> None:
    fail_to_log_in(service, "b@example.com", 1)
    ends = NOW + WINDOW
    assert service.table.get(keys.login_attempts("b@example.com")) == {
        "n": 1,
        "ends": int(ends.timestamp() * 1000),
        "begun": 1,
        "span_ends": int((NOW + SPAN).timestamp() * 1000),
        "ttl": int(ends.timestamp()) + 1,
    }


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
