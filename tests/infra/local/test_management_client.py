"""What the demonstration's user does, seen by a service that is made up."""

from __future__ import annotations

import httpx

from infra.local.management_client import ManagementClient

DEVICES = "/api/management/v2/devauth/devices"


def waiting(name: str) -> dict[str, object]:
    return {"id": f"id of {name}", "identity_data": {"name": name}, "auth_sets": [{"id": f"set of {name}"}]}


def test_a_waiting_device_is_accepted_on_whatever_page_it_is() -> None:
    accepted: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "PUT":
            accepted.append(request.url.path)
            return httpx.Response(httpx.codes.NO_CONTENT)
        if "page" in request.url.params:
            return httpx.Response(httpx.codes.OK, json=[waiting("last")])
        link = f'<{DEVICES}?page=2>; rel="next"'
        return httpx.Response(httpx.codes.OK, json=[waiting("first"), waiting("other")], headers={"Link": link})

    with httpx.Client(base_url="http://service", transport=httpx.MockTransport(answer)) as http:
        ids = ManagementClient(http).accept(["last", "first"])

    assert ids == ["id of first", "id of last"]
    assert accepted == [f"{DEVICES}/id of {name}/auth/set of {name}/status" for name in ("first", "last")]
