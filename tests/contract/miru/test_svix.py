"""What endpoints receive is verified by the genuine `svix` package (miru contract 7.1, 10.4 point 7)."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pytest

from tests.support.config_programs import APPROVALS, catalogue, in_workspace_of_its_own
from tests.support.genuine import python_with
from tests.support.receiver import Received, receiving
from tests.support.service import RunningService
from tests.support.waiting import wait_for

pytestmark = [pytest.mark.genuine, pytest.mark.engine]

SVIX = "svix==2.9.1"
VERIFY = """
import json, sys
from svix.webhooks import Webhook, WebhookVerificationError

told = json.load(sys.stdin)
try:
    Webhook(told["secret"]).verify(told["body"], told["headers"])
except WebhookVerificationError as error:
    sys.exit(f"refused: {error}")
"""


@dataclass(frozen=True)
class Delivered:
    """An event as an endpoint received it, and the secrets that were good then, the newest first."""

    secrets: tuple[str, str]
    request: Received

    def refusal(self, secret: str, headers: Mapping[str, str]) -> str:
        """What the genuine package has against it, empty when it verifies."""
        told = {"secret": secret, "headers": dict(headers), "body": self.request.body.decode()}
        verified = subprocess.run(
            [*python_with(SVIX), "-c", VERIFY],
            input=json.dumps(told),
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        return "" if verified.returncode == 0 else verified.stderr.strip().splitlines()[-1]

    def headers(self, scheme: str) -> dict[str, str]:
        """Those of one of the two names that the package knows."""
        return {name: value for name, value in self.request.headers.items() if name.startswith(f"{scheme}-")}


@pytest.fixture(scope="module", name="delivered")
def _delivered(service: RunningService) -> Iterator[Delivered]:
    """An event that is sent while a secret is being exchanged for another."""
    with in_workspace_of_its_own(service) as workspace, receiving() as receiver:
        made = workspace.listen(receiver.url)
        rotated = workspace.native.post(f"/api/v1/webhooks/{made['id']}/rotate").raise_for_status().json()
        configs = catalogue(workspace)
        configs.validate(custom=True)
        configs.create(APPROVALS, "pending")
        (request,) = wait_for("the event", lambda: receiver.received)
        yield Delivered((rotated["secret"], made["secret"]), request)


@pytest.mark.parametrize("scheme", ["svix", "webhook"])
@pytest.mark.parametrize("secret", [0, 1], ids=["new", "former"])
def test_point_7_an_event_verifies_with_each_good_secret_under_both_names(
    delivered: Delivered, scheme: str, secret: int
) -> None:
    headers = delivered.headers(scheme)
    assert set(headers) == {f"{scheme}-{name}" for name in ("id", "timestamp", "signature")}
    assert delivered.refusal(delivered.secrets[secret], headers) == ""


def test_point_7_a_body_changed_by_one_byte_is_refused(delivered: Delivered) -> None:
    body = delivered.request.body
    changed = replace(delivered, request=replace(delivered.request, body=body.replace(b"dpl_", b"dpl-", 1)))
    assert len(changed.request.body) == len(body)
    assert changed.refusal(delivered.secrets[0], delivered.headers("svix")).startswith("refused: ")


def test_point_7_another_endpoints_secret_does_not_verify_it(delivered: Delivered) -> None:
    assert delivered.refusal("whsec_YW5vdGhlcg==", delivered.headers("svix")).startswith("refused: ")
