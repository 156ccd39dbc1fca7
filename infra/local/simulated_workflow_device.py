"""A device that runs workflows (losant contract 6): it downloads and reports for real, and only remembers what runs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from infra.local.workflow_device_client import (
    Bundle,
    DamagedBundleError,
    Json,
    WithdrawnError,
    WorkflowDeviceClient,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


LONGEST_WAIT = 64
"""Cycles between two attempts at the same content: about an hour."""


class UnfitBundleError(Exception):
    """A bundle asks for a newer agent than the device has."""


@dataclass
class Failure:
    """A content that could not be run, and how many more cycles the device leaves it alone."""

    etag: str
    times: int
    cycles_left: int


@dataclass
class SimulatedWorkflowDevice:
    """One device, and what runs on it by flow."""

    client: WorkflowDeviceClient
    agent_version: str = "2.4.0"
    running: dict[str, Bundle] = field(default_factory=dict)
    _wanted: Sequence[Json] = ()
    _failures: dict[str, Failure] = field(default_factory=dict)

    def start(self) -> None:
        """Say everything that runs, as after the device was switched on; what failed is tried again at once."""
        self._failures.clear()
        entries = [{"flowId": flow_id, **_runs(bundle)} for flow_id, bundle in self.running.items()]
        self.client.report(entries, agent_version=self.agent_version, is_everything=True)

    def sync(self) -> bool:
        """Do one cycle: ask, carry out and report; False when nothing was to be done.

        What failed is tried again after one more cycle, then after two, four and so on, as long as it is wanted: the
        service keeps offering it (contract 6.2).
        """
        changed = self.client.desired()
        self._wanted = self._wanted if changed is None else changed
        due = [wanted for wanted in self._wanted if wanted["action"] != "none" and self._is_due(wanted)]
        entries = [entry for wanted in due if (entry := self._carry_out(wanted))]
        if entries:
            self.client.report(entries, agent_version=self.agent_version)
        return bool(entries)

    def _is_due(self, wanted: Json) -> bool:
        failure = self._failures.get(wanted["flowId"])
        if failure is None or failure.etag != wanted.get("desiredEtag"):
            return True
        failure.cycles_left -= 1
        return failure.cycles_left < 0

    def _carry_out(self, wanted: Json) -> Json | None:
        """Install or remove, and return what to report of it: nothing when it is not wanted any more."""
        flow_id = wanted["flowId"]
        if wanted["action"] == "remove":
            self.running.pop(flow_id, None)
            return {"flowId": flow_id, **_runs(None)}
        try:
            self.running[flow_id] = self._verified(self.client.bundle(flow_id))
        except WithdrawnError:
            return None
        except (DamagedBundleError, UnfitBundleError) as problem:
            self._note_failure(flow_id, wanted["desiredEtag"])
            failed = {"attemptedVersion": wanted["desiredVersion"], "attemptedEtag": wanted["desiredEtag"]}
            return {"flowId": flow_id, **_runs(self.running.get(flow_id)), **failed, "error": str(problem)}
        self._failures.pop(flow_id, None)
        return {"flowId": flow_id, **_runs(self.running[flow_id])}

    def _note_failure(self, flow_id: str, etag: str) -> None:
        former = self._failures.get(flow_id)
        times = former.times + 1 if former and former.etag == etag else 1
        self._failures[flow_id] = Failure(etag, times, cycles_left=min(2 ** (times - 1), LONGEST_WAIT))

    def _verified(self, bundle: Bundle) -> Bundle:
        needed = json.loads(bundle.content)["minimumAgentVersion"]
        if needed and _numbers(needed) > _numbers(self.agent_version):
            raise UnfitBundleError(f"needs runtime {needed}, have {self.agent_version}")
        return bundle


def _runs(bundle: Bundle | None) -> Json:
    return {"version": bundle.version, "etag": bundle.etag} if bundle else {"version": None}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
