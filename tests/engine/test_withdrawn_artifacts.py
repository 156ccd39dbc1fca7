"""A poll that meets an abort and the removal of the artifact at any of its steps answers, and offers nothing after."""

from __future__ import annotations

import pytest

from sluiceway.storage.memory import MemoryTable
from sluiceway.usecases.abort_deployment import abort_deployment
from sluiceway.usecases.delete_artifact import delete_artifact
from sluiceway.usecases.deployments import load
from tests.support.app import NOW
from tests.support.fleet import WORKSPACE, Fleet
from tests.unit.usecases.stores import before_call, over

STEPS_OF_A_POLL = range(8)
CALLS_OF_AN_OFFER_AGAIN = 3
"""The shortest poll here, its two queries side by side counted once; a step beyond its end never comes."""


@pytest.mark.parametrize("step", STEPS_OF_A_POLL)
@pytest.mark.parametrize("was_offered", [False, True])
def test_a_poll_answers_whenever_its_artifact_goes(step: int, *, was_offered: bool) -> None:
    fleet = Fleet(MemoryTable())
    device = fleet.accept()
    deployment_id = fleet.deploy(device)
    if was_offered:
        fleet.poll(device)
    service = fleet.service

    def withdraw() -> None:
        abort_deployment(service, WORKSPACE, deployment_id, NOW)
        delete_artifact(service, WORKSPACE, fleet.artifact.id, NOW)

    fleet.service = over(service, before_call(step, withdraw))
    fleet.poll(device)
    fleet.service = service
    if load(service, WORKSPACE, deployment_id).deployment.is_over:
        assert fleet.poll(device) is None
    else:
        assert step >= CALLS_OF_AN_OFFER_AGAIN
