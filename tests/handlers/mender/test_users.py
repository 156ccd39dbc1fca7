"""Users, their tokens and their settings (mender contract 5.2 to 5.4)."""

from __future__ import annotations

import base64
from contextlib import suppress
from datetime import timedelta
from unittest.mock import patch

import pytest

from sluiceway.domain.errors import Conflict, PreconditionFailed, Unprocessable
from sluiceway.storage import keys
from sluiceway.storage.table import Delete, Query, Throttled
from sluiceway.usecases.credentials import USERS
from sluiceway.usecases.personal_tokens import NewToken, create_personal_token
from sluiceway.usecases.sessions import UserSession
from sluiceway.usecases.settings import load_settings, store_settings
from sluiceway.usecases.users import delete_user
from tests.handlers.mender.calls import error_of
from tests.support.app import NOW, Answer, App
from tests.support.faults import Call, Fault
from tests.support.seeds import PASSWORD, Workspace, add_user, expect, seed_workspace
from tests.support.unchanged import nothing_changes
from tests.unit.usecases.stores import before_call, over

USERADM = "/api/management/v1/useradm"
TOKENS = f"{USERADM}/settings/tokens"
YEAR = 31_536_000


def call(app: App, workspace: Workspace, method: str, path: str, body: object = b"", **headers: str) -> Answer:
    return app.call(method, f"{USERADM}{path}", body, token=workspace.token, headers=headers)


def log_in(app: App, mail: str, password: str = PASSWORD) -> Answer:
    encoded = base64.b64encode(f"{mail}:{password}".encode()).decode()
    return app.call("POST", f"{USERADM}/auth/login", headers={"authorization": f"Basic {encoded}"})


def works(app: App, token: str) -> bool:
    return app.call("GET", f"{USERADM}/users/me", token=token).status == 200


def make_token(app: App, workspace: Workspace, name: str, seconds: int = 3600) -> str:
    return expect(200, call(app, workspace, "POST", "/settings/tokens", {"name": name, "expires_in": seconds})).text


def listed(app: App, workspace: Workspace) -> list[str]:
    return [token["name"] for token in expect(200, call(app, workspace, "GET", "/settings/tokens")).json()]


# Logout


def test_a_logout_ends_the_token_that_was_shown_and_no_other(app: App, workspace: Workspace) -> None:
    one, other = (expect(200, log_in(app, workspace.username)).text for _ in range(2))
    answer = app.call("POST", f"{USERADM}/auth/logout", token=one)
    assert (answer.status, answer.body) == (202, b"")
    assert (works(app, one), works(app, other), works(app, workspace.token)) == (False, True, True)
    expect(401, app.call("POST", f"{USERADM}/auth/logout", token=one))


def test_a_logout_with_a_personal_token_takes_it_off_the_list(app: App, workspace: Workspace) -> None:
    token = make_token(app, workspace, "pipeline")
    expect(202, app.call("POST", f"{USERADM}/auth/logout", token=token))
    assert not works(app, token)
    assert listed(app, workspace) == ["first token"]


# Personal access tokens


def test_a_personal_token_is_shown_once_and_then_listed_without_itself(app: App, workspace: Workspace) -> None:
    answer = call(app, workspace, "POST", "/settings/tokens", {"name": "pipeline", "expires_in": 3600})
    assert expect(200, answer).headers["content-type"] == "application/jwt"
    assert works(app, answer.text)
    shown = expect(200, call(app, workspace, "GET", "/settings/tokens"))
    (token,) = [each for each in shown.json() if each["name"] == "pipeline"]
    assert set(token) == {"id", "name", "created_ts", "expiration_date", "last_used"}
    assert (token["created_ts"], token["expiration_date"]) == ("2026-03-11T13:00:00.000Z", "2026-03-11T14:00:00.000Z")
    assert answer.text not in shown.text


def last_used(app: App, workspace: Workspace, name: str) -> str | None:
    shown = expect(200, call(app, workspace, "GET", "/settings/tokens")).json()
    (used,) = [each.get("last_used") for each in shown if each["name"] == name]
    return None if used is None else str(used)


def test_the_last_use_of_a_personal_token_is_known_to_the_day(app: App, workspace: Workspace) -> None:
    token = make_token(app, workspace, "pipeline", YEAR)
    assert last_used(app, workspace, "pipeline") is None
    app.pass_time(minutes=1)
    assert works(app, token)
    assert last_used(app, workspace, "pipeline") == "2026-03-11T13:01:00.000Z"
    app.pass_time(hours=23, minutes=59)
    with nothing_changes(app):
        assert works(app, token)
    app.pass_time(minutes=1)
    assert works(app, token)
    assert last_used(app, workspace, "pipeline") == "2026-03-12T13:01:00.000Z"


def test_a_refused_call_is_no_use_and_a_login_is_on_no_record(app: App, workspace: Workspace) -> None:
    session, token = log_in(app, workspace.username).text, make_token(app, workspace, "pipeline")
    with nothing_changes(app):
        expect(400, app.call("POST", TOKENS, b"{", token=token))
        assert works(app, session)


def test_a_use_that_the_store_cannot_note_spoils_no_answer(app: App, workspace: Workspace) -> None:
    token = make_token(app, workspace, "pipeline")
    with patch.object(app.table, "write", side_effect=Throttled("no capacity")):
        assert works(app, token)
    assert last_used(app, workspace, "pipeline") is None


def test_a_personal_token_ends_when_it_expires_and_leaves_the_list(app: App, workspace: Workspace) -> None:
    token = make_token(app, workspace, "short", 60)
    app.pass_time(seconds=59)
    assert works(app, token)
    app.pass_time(seconds=1)
    assert not works(app, token)
    assert listed(app, workspace) == ["first token"]


def test_a_name_is_taken_once_for_a_user_and_free_for_another(app: App, workspace: Workspace) -> None:
    add_user(app, workspace, "b@example.com")
    colleague = Workspace(workspace.id, "b@example.com", log_in(app, "b@example.com").text)
    make_token(app, workspace, "pipeline")
    again = call(app, workspace, "POST", "/settings/tokens", {"name": "pipeline", "expires_in": 1})
    assert error_of(409, again) == "Personal Access Token with a given name already exists"
    make_token(app, colleague, "pipeline")
    assert listed(app, colleague) == ["pipeline"]


@pytest.mark.parametrize("dropped", [False, True])
def test_a_name_is_free_again_once_its_token_has_expired(app: App, workspace: Workspace, *, dropped: bool) -> None:
    """DynamoDB drops expired items at any time, or days later."""
    former = make_token(app, workspace, "pipeline", 60)
    app.pass_time(seconds=61)
    if dropped:
        jti = str(app.service.tokens.verify(former, audience=USERS, now=NOW)["jti"])
        app.table.write(Delete(keys.token(workspace.id, jti)))
    assert works(app, make_token(app, workspace, "pipeline"))
    assert listed(app, workspace) == ["first token", "pipeline"]


def test_a_user_has_ten_personal_tokens_at_most_and_expired_ones_do_not_count(app: App, workspace: Workspace) -> None:
    for number in range(9):  # the tenth is the first token of the workspace
        make_token(app, workspace, f"t{number}", 60)
    eleventh = {"name": "one more", "expires_in": 60}
    assert "10" in error_of(422, call(app, workspace, "POST", "/settings/tokens", eleventh))
    app.pass_time(seconds=61)
    make_token(app, workspace, "one more")
    assert listed(app, workspace) == ["first token", "one more"]
    assert len(app.table.query(keys.personal_tokens(workspace.id, workspace.user_id)).records) == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "", "expires_in": 1},
        {"name": "x" * 257, "expires_in": 1},
        {"name": "x"},
        {"name": "x", "expires_in": 0},
        {"name": "x", "expires_in": YEAR + 1},
        {"name": "x", "expires_in": "1"},
        {"name": 1, "expires_in": 1},
        [],
    ],
)
def test_a_token_that_cannot_be_is_400_and_is_not_made(app: App, workspace: Workspace, body: object) -> None:
    error_of(400, call(app, workspace, "POST", "/settings/tokens", body))
    assert listed(app, workspace) == ["first token"]


def test_a_token_may_live_a_year(app: App, workspace: Workspace) -> None:
    assert works(app, make_token(app, workspace, "year", YEAR))


def test_a_revoked_token_is_refused_at_once(app: App, workspace: Workspace) -> None:
    token = make_token(app, workspace, "pipeline")
    (shown,) = [each for each in call(app, workspace, "GET", "/settings/tokens").json() if each["name"] == "pipeline"]
    expect(204, call(app, workspace, "DELETE", f"/settings/tokens/{shown['id']}"))
    assert not works(app, token)
    assert listed(app, workspace) == ["first token"]
    expect(404, call(app, workspace, "DELETE", f"/settings/tokens/{shown['id']}"))


def test_nobody_revokes_or_sees_the_tokens_of_another_user(app: App, workspace: Workspace) -> None:
    other = seed_workspace(app, "b")
    expect(404, call(app, other, "DELETE", f"/settings/tokens/{workspace.token_id}"))
    assert works(app, workspace.token)


# Users


def test_a_new_user_may_log_in_and_is_listed(app: App, workspace: Workspace) -> None:
    body = {"email": " New@Example.com ", "password": PASSWORD}
    location = expect(201, call(app, workspace, "POST", "/users", body)).headers["location"]
    shown = expect(200, app.call("GET", location, token=workspace.token)).json()
    assert shown["email"] == "new@example.com"
    assert set(shown) == {"id", "email", "created_ts", "updated_ts"}
    assert [user["email"] for user in call(app, workspace, "GET", "/users").json()] == [
        workspace.username,
        "new@example.com",
    ]
    token = expect(200, log_in(app, "new@example.com")).text
    assert app.call("GET", f"{USERADM}/users/me", token=token).json() == shown


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"email": "b@example.com"},
        {"email": "b@example.com", "password": "seven77"},
        {"email": "nobody", "password": PASSWORD},
        {"email": "a:b@example.com", "password": PASSWORD},
        {"email": f"{'x' * 300}@example.com", "password": PASSWORD},
        {"email": 1, "password": PASSWORD},
    ],
)
def test_a_user_that_cannot_be_is_400_and_is_not_made(app: App, workspace: Workspace, body: object) -> None:
    error_of(400, call(app, workspace, "POST", "/users", body))
    assert len(call(app, workspace, "GET", "/users").json()) == 1


def test_a_mail_address_is_taken_once_in_all_workspaces(app: App, workspace: Workspace) -> None:
    other = seed_workspace(app, "b")
    for mail in (workspace.username.upper(), other.username):
        error_of(422, call(app, workspace, "POST", "/users", {"email": mail, "password": PASSWORD}))
        expect(204, call(app, workspace, "PUT", "/users/me", {"email": workspace.username}))
    error_of(422, call(app, workspace, "PUT", "/users/me", {"email": other.username}))


def test_a_changed_mail_address_is_what_one_logs_in_with(app: App, workspace: Workspace) -> None:
    app.pass_time(minutes=1)
    expect(204, call(app, workspace, "PUT", f"/users/{workspace.user_id}", {"email": "new@example.com"}))
    shown = call(app, workspace, "GET", "/users/me").json()
    assert (shown["email"], shown["updated_ts"]) == ("new@example.com", "2026-03-11T13:01:00.000Z")
    expect(200, log_in(app, "new@example.com"))
    expect(401, log_in(app, workspace.username))
    expect(201, call(app, workspace, "POST", "/users", {"email": workspace.username, "password": PASSWORD}))


@pytest.mark.parametrize("path", ["/users/me", "/users/{id}"])
def test_a_new_password_ends_every_token_of_the_user(app: App, workspace: Workspace, path: str) -> None:
    tokens = [workspace.token, log_in(app, workspace.username).text, make_token(app, workspace, "pipeline")]
    body = {"password": "battery staple", "current_password": PASSWORD}
    expect(204, call(app, workspace, "PUT", path.replace("{id}", workspace.user_id), body))
    assert [works(app, token) for token in tokens] == [False] * 3
    expect(401, log_in(app, workspace.username))
    token = expect(200, log_in(app, workspace.username, "battery staple")).text
    assert app.call("GET", TOKENS, token=token).json() == []


def test_a_new_password_ends_no_token_of_another_user(app: App, workspace: Workspace) -> None:
    colleague = add_user(app, workspace, "b@example.com")
    expect(204, call(app, workspace, "PUT", f"/users/{colleague}", {"password": "battery staple"}))
    assert works(app, workspace.token)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {}),
        (400, {"email": "nobody"}),
        (400, {"password": "seven77"}),
        (400, {"password": None}),
        (422, {"password": "battery staple", "current_password": "wrong horse"}),
    ],
)
def test_a_refused_change_of_a_user_changes_nothing(app: App, workspace: Workspace, status: int, body: object) -> None:
    before = app.table.get(keys.user(workspace.id, workspace.user_id))
    error_of(status, call(app, workspace, "PUT", "/users/me", body))
    assert app.table.get(keys.user(workspace.id, workspace.user_id)) == before


def test_a_removed_user_is_gone_with_their_tokens_and_their_mail_is_free(app: App, workspace: Workspace) -> None:
    colleague = add_user(app, workspace, "b@example.com")
    token = log_in(app, "b@example.com").text
    expect(204, call(app, workspace, "DELETE", f"/users/{colleague}"))
    assert not works(app, token)
    expect(401, log_in(app, "b@example.com"))
    expect(404, call(app, workspace, "GET", f"/users/{colleague}"))
    expect(404, call(app, workspace, "DELETE", f"/users/{colleague}"))
    expect(201, call(app, workspace, "POST", "/users", {"email": "b@example.com", "password": PASSWORD}))


def test_the_last_user_stays(app: App, workspace: Workspace) -> None:
    assert "last user" in error_of(422, call(app, workspace, "DELETE", f"/users/{workspace.user_id}"))
    assert works(app, workspace.token)


@pytest.mark.parametrize("number", range(4))
def test_two_users_who_remove_each_other_at_once_leave_one(app: App, workspace: Workspace, number: int) -> None:

    colleague = add_user(app, workspace, "b@example.com")
    rival = before_call(number, lambda: delete_user(app.service, workspace.id, workspace.user_id))
    with pytest.raises(Unprocessable):
        delete_user(over(app.service, rival), workspace.id, colleague)
    assert len(app.table.query(Query(keys.user_directory(workspace.id))).records) == 1


def test_a_user_of_another_workspace_does_not_exist(app: App, workspace: Workspace) -> None:
    other = seed_workspace(app, "b")
    path = f"/users/{other.user_id}"
    expect(404, call(app, workspace, "GET", path))
    expect(404, call(app, workspace, "PUT", path, {"password": "battery staple"}))
    expect(404, call(app, workspace, "DELETE", path))
    assert works(app, other.token)
    assert [user["email"] for user in call(app, workspace, "GET", "/users").json()] == [workspace.username]


# Settings


@pytest.mark.parametrize("path", ["/settings", "/settings/me"])
def test_settings_are_an_empty_object_until_somebody_keeps_some(app: App, workspace: Workspace, path: str) -> None:
    assert expect(200, call(app, workspace, "GET", path)).json() == {}
    kept = {"theme": "dark", "columns": ["id", {"name": "mac"}], "size": 1.5, "é": None}
    assert expect(201, call(app, workspace, "POST", path, kept)).body == b""
    assert expect(200, call(app, workspace, "GET", path)).json() == kept


@pytest.mark.parametrize("path", ["/settings", "/settings/me"])
def test_settings_that_were_changed_meanwhile_are_not_overwritten(app: App, workspace: Workspace, path: str) -> None:
    first = call(app, workspace, "GET", path).headers["etag"]
    expect(201, call(app, workspace, "POST", path, {"a": 1}, **{"if-match": first}))
    stale = call(app, workspace, "POST", path, {"a": 2}, **{"if-match": first})
    assert "changed" in error_of(412, stale)
    current = call(app, workspace, "GET", path)
    assert current.json() == {"a": 1}
    expect(201, call(app, workspace, "POST", path, {"a": 3}, **{"if-match": current.headers["etag"].strip('"')}))
    expect(201, call(app, workspace, "POST", path, {"a": 4}))


def test_each_user_has_settings_of_their_own_and_all_have_one_set_in_common(app: App, workspace: Workspace) -> None:
    add_user(app, workspace, "b@example.com")
    colleague = Workspace(workspace.id, "b@example.com", log_in(app, "b@example.com").text)
    other = seed_workspace(app, "c")
    for path in ("/settings", "/settings/me"):
        expect(201, call(app, workspace, "POST", path, {"whose": path}))
    assert call(app, colleague, "GET", "/settings").json() == {"whose": "/settings"}
    assert call(app, colleague, "GET", "/settings/me").json() == {}
    assert call(app, other, "GET", "/settings").json() == {}


@pytest.mark.parametrize("body", [[], "text", 1, {"a": "x" * 65_536}])
def test_settings_are_an_object_of_at_most_64_kib(app: App, workspace: Workspace, body: object) -> None:
    error_of(400, call(app, workspace, "POST", "/settings", body if body != "text" else '"text"'))
    assert call(app, workspace, "GET", "/settings").json() == {}


@pytest.mark.parametrize("number", range(2))
def test_two_who_store_settings_at_once_both_know_what_came_of_it(app: App, workspace: Workspace, number: int) -> None:

    key = keys.settings(workspace.id)
    rival = before_call(number, lambda: store_settings(app.service, key, '{"a":1}', None))
    with pytest.raises(PreconditionFailed):
        store_settings(over(app.service, rival), key, '{"a":2}', "0")
    assert load_settings(app.service, key).json == '{"a":1}'


def test_a_token_that_meets_a_conflict_is_made_once(app: App, workspace: Workspace) -> None:

    faults = iter([Fault.CONFLICT])

    def once(call: Call) -> Fault | None:
        return next(faults, None) if call.changes_something else None

    session = UserSession(workspace.id, workspace.user_id, workspace.token_id)
    token = create_personal_token(over(app.service, once), session, NewToken("t", timedelta(hours=1)), NOW)
    assert works(app, token)
    assert listed(app, workspace) == ["first token", "t"]


@pytest.mark.parametrize("number", range(4))
def test_two_tokens_of_one_name_at_once_are_one(app: App, workspace: Workspace, number: int) -> None:
    session = UserSession(workspace.id, workspace.user_id, workspace.token_id)
    new = NewToken("t", timedelta(hours=1))
    made: list[str] = []
    rival = before_call(number, lambda: made.append(create_personal_token(app.service, session, new, NOW)))
    with suppress(Conflict):
        made.append(create_personal_token(over(app.service, rival), session, new, NOW))
    assert [works(app, token) for token in made] == [True]
    assert listed(app, workspace) == ["first token", "t"]
