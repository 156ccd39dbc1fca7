"""Which version a caller is taken to speak (miru contract 1.2)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from miru._versions import Version
from sluiceway.domain.workspace_settings import HeaderlessDialect, WorkspaceSettings
from sluiceway.usecases.workspace_settings import change_workspace_settings
from tests.handlers.miru.calls import Miru, refusal
from tests.support.app import Answer
from tests.support.seeds import expect

ZION_CLIENT = {"user-agent": "Miru/Python 0.6.1", "x-stainless-package-version": "0.6.1"}
OLDER_CLIENT = {"user-agent": "Miru/Python 0.5.0", "x-stainless-package-version": "0.5.0"}


def call(miru: Miru, path: str, headers: Mapping[str, str]) -> Answer:
    return miru.app.call("GET", path, headers={"x-api-key": miru.program.key, **headers})


@pytest.mark.parametrize("root", ["/beta", "/v1"])
@pytest.mark.parametrize(
    ("name", "version"),
    [
        ("2026-03-09.tetons", Version.TETONS),
        ("2026-12-31.tetons", Version.TETONS),
        ("2025-10-21.zion", Version.ZION),
        ("2024-01-01.zion", Version.ZION),
        ("v1", Version.APPROVALS),
    ],
)
def test_the_header_decides_and_not_the_path(miru: Miru, root: str, name: str, version: Version) -> None:
    answer = expect(200, call(miru, f"{root}/principal", {"miru-version": name}))
    assert answer.headers["miru-version"] == version.value


@pytest.mark.parametrize("name", ["", "v2", "tetons", "2026-05-06.rainier", "2026-03-09.tetons ", "26-03-09.tetons"])
@pytest.mark.parametrize("root", ["/beta", "/v1"])
def test_a_version_that_is_not_served_is_refused_with_those_that_are(miru: Miru, root: str, name: str) -> None:
    answer = call(miru, f"{root}/principal", {"miru-version": name})
    supported = refusal(400, "unsupported_api_version", answer)["supported"]
    assert supported == ["v1", "2025-10-21.zion", "2026-03-09.tetons"]
    assert "miru-version" not in answer.headers


def test_the_header_is_required_under_beta(miru: Miru) -> None:
    refusal(400, "missing_api_version", call(miru, "/beta/principal", {}))


@pytest.mark.parametrize(
    ("client", "version"), [({}, Version.APPROVALS), (OLDER_CLIENT, Version.APPROVALS), (ZION_CLIENT, Version.ZION)]
)
def test_who_names_none_under_v1_is_known_by_its_client(
    miru: Miru, client: Mapping[str, str], version: Version
) -> None:
    assert call(miru, "/v1/principal", client).headers["miru-version"] == version.value


def test_the_workspace_may_decide_what_a_caller_without_a_version_speaks(miru: Miru) -> None:
    change_workspace_settings(
        miru.app.service, miru.workspace.id, lambda _: WorkspaceSettings(headerless_dialect=HeaderlessDialect.ZION)
    )
    assert call(miru, "/v1/principal", {}).headers["miru-version"] == Version.ZION.value


def test_refusals_name_the_version_that_the_workspace_decided(miru: Miru) -> None:
    change_workspace_settings(
        miru.app.service, miru.workspace.id, lambda _: WorkspaceSettings(headerless_dialect=HeaderlessDialect.ZION)
    )
    lesser = miru.with_scopes("devices:read")
    for status, key, method, path in (
        (404, miru.program.key, "GET", "/v1/releases/rls_none"),
        (404, miru.program.key, "GET", "/v1/nothing"),
        (404, miru.program.key, "DELETE", "/v1/principal"),
        (400, miru.program.key, "POST", "/v1/devices"),
        (403, lesser.program.key, "GET", "/v1/releases"),
    ):
        answer = expect(status, miru.app.call(method, path, headers={"x-api-key": key}))
        assert answer.headers["miru-version"] == Version.ZION.value, (method, path)


@pytest.mark.parametrize("headers", [{"miru-version": "v1"}, {"miru-version": "2026-03-09.tetons"}])
def test_refusals_name_the_version_too(miru: Miru, headers: Mapping[str, str]) -> None:
    answer = miru.app.call("GET", "/v1/principal", headers=headers)
    refusal(401, "invalid_api_key", answer)
    assert answer.headers["miru-version"] == headers["miru-version"]


def test_10_4_point_4_the_version_is_checked_before_the_key_and_the_key_before_the_scope(miru: Miru) -> None:
    lesser = miru.with_scopes("devices:read")
    refusal(400, "missing_api_version", miru.app.call("GET", "/beta/principal"))
    refusal(401, "invalid_api_key", miru.app.call("GET", "/beta/principal", headers={"miru-version": "v1"}))
    expect(200, lesser.call("GET", "/principal"))


def test_the_principal_is_the_key_that_was_shown(miru: Miru) -> None:
    assert miru.get("/principal") == {"object": "principal", "id": miru.program.id, "name": "seeded"}


@pytest.mark.parametrize(("method", "path"), [("GET", "/beta/nothing"), ("GET", "/v1"), ("DELETE", "/v1/principal")])
def test_what_no_route_takes_is_404_in_the_dialects_words(miru: Miru, method: str, path: str) -> None:
    answer = miru.app.call(method, path, headers={"x-api-key": miru.program.key})
    refusal(404, "record_not_found", answer)


def test_another_method_is_404_for_callers_who_are_known(miru: Miru) -> None:
    refusal(401, "invalid_api_key", miru.app.call("DELETE", "/v1/principal"))
