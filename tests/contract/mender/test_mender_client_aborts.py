"""The genuine mender-client meets an abort at each of the four traced points (contract 12.6)."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from infra.local.management_client import ManagementClient
from tests.contract.crossing import Passing, crossing
from tests.contract.mender.artifacts import single_file_artifact
from tests.contract.mender.conftest import StartDevice
from tests.contract.mender.updates import abort, accept, deploy
from tests.support.service import RunningService
from tests.support.waiting import wait_for

pytestmark = pytest.mark.genuine


class AbortBefore:
    """Aborts the deployment that is reported on, just before the n-th report of a word goes on."""

    def __init__(self, api: httpx.Client, word: str, number: int) -> None:
        self._api, self._word, self._number = api, word, number
        self.reports: list[str] = []

    def __call__(self, passing: Passing) -> None:
        if passing.method != "PUT" or not passing.path.endswith("/status"):
            return
        self.reports.append(json.loads(passing.body)["status"])
        if self.reports[-1] == self._word and self.reports.count(self._word) == self._number:
            abort(self._api, passing.path.split("/")[-2])


@pytest.mark.parametrize(
    ("word", "number", "content", "reports"),
    [
        ("downloading", 1, "hello one\n", ["downloading", "failure"]),
        ("installing", 1, "hello one\n", ["downloading"] * 3 + ["installing", "failure"]),
        ("installing", 2, "hello one\n", ["downloading"] * 3 + ["installing"] * 2 + ["failure"]),
        ("success", 1, "hello two\n", ["downloading"] * 3 + ["installing"] * 2 + ["success"]),
    ],
)
def test_27_an_abort_rolls_back_until_the_commit_and_comes_too_late_after(  # noqa: PLR0917 - fixtures, and a table
    start_device: StartDevice,
    user: ManagementClient,
    api: httpx.Client,
    service: RunningService,
    tmp_path: Path,
    unique: str,
    word: str,
    number: int,
    content: str,
    reports: list[str],
) -> None:
    target = tmp_path / "target"
    target.mkdir()
    message = target / "message.txt"
    message.write_text("hello one\n")
    release = f"app-{unique}"
    user.upload(single_file_artifact(tmp_path, release, "hello two\n", target), "")
    watch = AbortBefore(api, word, number)
    with crossing(service.mender["url"], watch) as url, start_device(ServerURL=url) as device:
        update = deploy(api, release, accept(api, device))
        wait_for("the last report", lambda: len(watch.reports) >= len(reports))
        wait_for("the device to be idle", lambda: device.log.rstrip().endswith('[Idle]"'))
    assert watch.reports == reports
    assert message.read_text() == content
    assert update.counted() == {"aborted": 1}
