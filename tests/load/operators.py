"""What operators do in a simulation: deploy, abort, pause, resume, roll back, and have their service explained."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

from sluiceway.domain.deployment import Definition, Deployment
from sluiceway.domain.errors import DeploymentFinished
from sluiceway.domain.plan import Plan
from sluiceway.domain.rollout_effects import RolloutReason
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.deployments import load
from sluiceway.usecases.explain import explain
from sluiceway.usecases.roll_back import roll_back
from sluiceway.usecases.steer_deployment import pause_deployment, resume_deployment
from tests.load.cloud import Cloud
from tests.load.devices import SimulatedDevice
from tests.load.scenario import (
    FAULTY_RELEASE,
    FAULTY_ROLLOUT,
    FIRST_TRY,
    NEW_RELEASE,
    ROLLOUT,
    TRIED_RELEASE,
    Settings,
    faulty_plan,
    rollout_plan,
)
from tests.support.fleet import WORKSPACE

OPERATOR = "api_key_of_an_operator"
_ASKED_ABOUT = 10
"""Devices of a deployment whose state is explained at each review."""
_PAUSED_AFTER = 1 / 7
"""The part of the simulated time after which the rollout is paused without a reason."""
_PATIENCE = 1
"""How often a faulty rollout is resumed before it is rolled back."""


class Operators:
    """They come every half of the time in which all devices ask, and see to what is paused."""

    def __init__(self, cloud: Cloud, settings: Settings, devices: Sequence[SimulatedDevice]) -> None:
        self._cloud, self._settings = cloud, settings
        self._chance = settings.chance("operators")
        self._devices: Mapping[str, SimulatedDevice] = {device.id: device for device in devices}
        self._resumed: Counter[str] = Counter()

    def begin(self) -> None:
        """Start with all that is to be rolled out."""
        few = self._settings.few
        chosen = self._chance.sample(sorted(self._devices), 2 * few)
        tried, faulty = chosen[:few], chosen[few:]
        rest = sorted(self._devices.keys() - set(faulty))
        first_try = self._deploy(FIRST_TRY, TRIED_RELEASE, tried)
        self._cloud.agenda.after(self._settings.poll_every / 2, partial(self._abort, first_try))
        self._deploy(FAULTY_ROLLOUT, FAULTY_RELEASE, faulty, faulty_plan(self._settings))
        plan = rollout_plan(self._settings, self._cloud.agenda.now)
        rollout = self._deploy(ROLLOUT, NEW_RELEASE, rest, plan)
        self._cloud.agenda.after(self._settings.duration * _PAUSED_AFTER, partial(self._pause, rollout))
        self._cloud.agenda.every(self._settings.poll_every / 2, self._review)

    def _deploy(self, name: str, release: str, devices: Sequence[str], plan: Plan | None = None) -> str:
        return self._cloud.deploy(Definition(name, release, tuple(devices), plan=plan))

    def _abort(self, deployment_id: str) -> None:
        abort_deployment(self._cloud.service, WORKSPACE, deployment_id, self._cloud.agenda.now)
        self._cloud.ledger.aborted(deployment_id)

    def _pause(self, deployment_id: str) -> None:
        pause_deployment(self._cloud.service, WORKSPACE, deployment_id, OPERATOR, self._cloud.agenda.now)
        self._cloud.ledger.paused(deployment_id)
        self._cloud.look(deployment_id)

    def _review(self) -> None:
        for followed in [*self._cloud.ledger.followed.values()]:
            if followed.plan is not None and not followed.is_aborted:
                self._ask_about(followed.deployment.id, [*followed.fresh])
                self._see_to(self._cloud.head(followed.deployment.id))

    def _ask_about(self, deployment_id: str, targets: Sequence[str]) -> None:
        """Have it explained why some devices are not updating, and let them ask for work at that moment."""
        for device_id in self._chance.sample(targets, _ASKED_ABOUT):
            device = self._devices[device_id]
            if device.is_idle:
                now = self._cloud.agenda.now
                explanation = explain(self._cloud.service, WORKSPACE, deployment_id, device_id, now)
                self._cloud.ledger.explained(explanation, device.ask())

    def _see_to(self, deployment: Deployment) -> None:
        pause = deployment.steering.pause
        if pause is None:
            return
        if deployment.name == FAULTY_ROLLOUT and self._resumed[deployment.id] == _PATIENCE:
            self._roll_back(deployment.id)
        else:
            self._resume(deployment.id, overrules=pause.reason != RolloutReason.OPERATOR)

    def _resume(self, deployment_id: str, *, overrules: bool) -> None:
        with suppress(DeploymentFinished):
            resume_deployment(self._cloud.service, WORKSPACE, deployment_id, OPERATOR, self._cloud.agenda.now)
            self._resumed[deployment_id] += 1
            self._cloud.ledger.resumed(deployment_id, overrules=overrules)
            self._cloud.look(deployment_id)

    def _roll_back(self, deployment_id: str) -> None:
        made = roll_back(self._cloud.service, WORKSPACE, deployment_id, self._cloud.agenda.now)
        self._cloud.ledger.aborted(deployment_id)
        self._cloud.ledger.follow_roll_back(load(self._cloud.service, WORKSPACE, made).deployment)
