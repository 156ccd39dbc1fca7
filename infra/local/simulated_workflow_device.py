"""A device that runs workflows (losant contract 6): it downloads and reports for real, and only remembers what runs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from infra.local.workflow_device_client import Bundle, DamagedBundleError, Json, WorkflowDeviceClient

if TYPE_CHECKING:
    from collections.abc import Sequence


class UnfitBundleError(Exception):
    """A bundle asks for a newer agent than the device has."""


@dataclass
class SimulatedWorkflowDevice:
    """One device, and what runs on it by flow."""

    client: WorkflowDeviceClient
    agent_version: str = "2.4.0"
    running: dict[str, Bundle] = field(default_factory=dict)
    _wanted: Sequence[Json] = ()

    def start(self) -> None:
        """Say everything that runs, as after the device was switched on."""
        entries = [{"flowId": flow_id, **_runs(bundle)} for flow_id, bundle in self.running.items()]
        self.client.report(entries, agent_version=self.agent_version, is_everything=True)

    def sync(self) -> bool:
        """Do one cycle: ask, carry out and report; False when nothing was to be done.

        What failed is tried again in the next cycle, as the service keeps offering it (contract 6.2).
        """
        changed = self.client.desired()
        self._wanted = self._wanted if changed is None else changed
        entries = [self._carry_out(wanted) for wanted in self._wanted if wanted["action"] != "none"]
        if entries:
            self.client.report(entries, agent_version=self.agent_version)
        return bool(entries)

    def _carry_out(self, wanted: Json) -> Json:
        """Install or remove, and return what to report of it."""
        flow_id = wanted["flowId"]
        if wanted["action"] == "remove":
            self.running.pop(flow_id, None)
            return {"flowId": flow_id, **_runs(None)}
        try:
            self.running[flow_id] = self._verified(self.client.bundle(flow_id))
        except (DamagedBundleError, UnfitBundleError) as problem:
            failed = {"attemptedVersion": wanted["desiredVersion"], "attemptedEtag": wanted["desiredEtag"]}
            return {"flowId": flow_id, **_runs(self.running.get(flow_id)), **failed, "error": str(problem)}
        return {"flowId": flow_id, **_runs(self.running[flow_id])}

    def _verified(self, bundle: Bundle) -> Bundle:
        needed = json.loads(bundle.content)["minimumAgentVersion"]
        if needed and _numbers(needed) > _numbers(self.agent_version):
            raise UnfitBundleError(f"needs runtime {needed}, have {self.agent_version}")
        return bundle


def _runs(bundle: Bundle | None) -> Json:
    return {"version": bundle.version, "etag": bundle.etag} if bundle else {"version": None}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))
