"""Sixteen users at once act on one device: it has one target, one deployment waits for a release, nobody is lost."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sluiceway.domain.config_deployment import Activity, Archive, ConfigDeployment, Deploy, Report, Target, Trouble
from sluiceway.domain.config_device import ConfigDevice
from sluiceway.domain.config_release import ConfigRelease
from sluiceway.domain.errors import InvalidReference, Unauthenticated, WrongState
from sluiceway.storage.table import Table
from sluiceway.usecases.config_devices import delete_config_device, get_config_device
from sluiceway.usecases.config_enrolment import Machine, enrol
from sluiceway.usecases.config_lists import find_config_deployments
from sluiceway.usecases.config_state import find_config_state, load_config_state
from sluiceway.usecases.config_sync import deployments_at, hand_over, report_config
from sluiceway.usecases.config_tokens import Invitation
from sluiceway.usecases.create_config_deployment import create_config_deployment
from sluiceway.usecases.idempotency import once_of
from tests.storage.test_races import THREADS, at_once
from tests.support.app import NOW
from tests.support.configs import Catalogue
from tests.unit.usecases.stores import WORKSPACE


@pytest.fixture(name="catalogue")
def _catalogue(faithful_table: Table) -> Catalogue:
    return Catalogue.on(faithful_table)


@pytest.fixture(name="device")
def _device(catalogue: Catalogue) -> ConfigDevice:
    return catalogue.device()


@pytest.fixture(name="release")
def _release(catalogue: Catalogue) -> ConfigRelease:
    return catalogue.release()


def everything(catalogue: Catalogue) -> list[ConfigDeployment]:
    return find_config_deployments(catalogue.service, WORKSPACE, lambda _: True)


def test_of_those_staged_at_once_for_one_release_one_waits(
    catalogue: Catalogue, device: ConfigDevice, release: ConfigRelease
) -> None:
    new = catalogue.draft(device, release)
    made = at_once(lambda _: create_config_deployment(catalogue.service, WORKSPACE, new, NOW).id)
    assert len(set(made)) == THREADS
    assert Counter(each.activity for each in everything(catalogue)) == {Activity.STAGED: 1, Activity.ARCHIVED: 15}


def test_of_those_deployed_at_once_one_is_the_target_and_the_others_drift(
    catalogue: Catalogue, device: ConfigDevice
) -> None:
    releases = [catalogue.release(version=f"v{number}") for number in range(THREADS)]
    staged = [catalogue.deployment(device, each) for each in releases]

    def deploy(number: int) -> str:
        try:
            return catalogue.change(staged[number], Deploy(approves=True)).id
        except WrongState:
            return ""

    (winner,) = filter(None, at_once(deploy))
    slot = get_config_device(catalogue.service, WORKSPACE, device.id).slot
    assert (slot.target, slot.given) == (winner, 1)
    stands = Counter((each.target, each.activity) for each in everything(catalogue))
    assert stands == {(Target.DEPLOYED, Activity.QUEUED): 1, (Target.STAGED, Activity.DRIFTED): 15}


def test_what_is_archived_and_deployed_at_once_is_either(
    catalogue: Catalogue, device: ConfigDevice, release: ConfigRelease
) -> None:
    made = catalogue.deployment(device, release)

    def act(number: int) -> str:
        command = Deploy(approves=True) if number % 2 else Archive(spares_validating=True)
        try:
            return catalogue.change(made, command).target
        except WrongState:
            return ""

    (outcome,) = set(at_once(act)) - {""}
    now = catalogue.current(made)
    slot = get_config_device(catalogue.service, WORKSPACE, device.id).slot
    assert (now.target, slot.target) == (outcome, made.id if outcome is Target.DEPLOYED else "")


def test_a_deleted_device_has_nothing_however_many_deployed_to_it_meanwhile(
    catalogue: Catalogue, device: ConfigDevice, release: ConfigRelease
) -> None:
    new = catalogue.draft(device, release)

    def act(number: int) -> None:
        if number == THREADS // 2:
            delete_config_device(catalogue.service, WORKSPACE, device.id, NOW)
            return
        with suppress(InvalidReference):
            create_config_deployment(catalogue.service, WORKSPACE, new, NOW)

    at_once(act)
    state = find_config_state(catalogue.service, WORKSPACE, device.id)
    assert state is not None
    assert (state.device.is_deleted, state.live) == (True, {})


def test_a_machine_whose_place_is_taken_says_nothing_of_what_its_successor_holds(
    catalogue: Catalogue, device: ConfigDevice, release: ConfigRelease
) -> None:
    made = catalogue.deployed(device, release)
    state = load_config_state(catalogue.service, WORKSPACE, device.id)
    hand_over(catalogue.service, state, deployments_at(state, [Activity.QUEUED]), NOW)
    state = load_config_state(catalogue.service, WORKSPACE, device.id)
    successor = Machine(rsa.generate_private_key(public_exponent=65537, key_size=2048).public_key())
    invitation = Invitation(WORKSPACE, "once", NOW, device.id, reactivates=True)

    def act(number: int) -> None:
        if number == THREADS // 2:
            enrol(catalogue.service, invitation, successor, NOW)
            return
        with suppress(Unauthenticated):
            report_config(catalogue.service, state, made.id, Report(Activity.DEPLOYED, Trouble.NONE), NOW)

    at_once(act)
    now = catalogue.current(made)
    assert (now.activity, now.handed_over) == (Activity.QUEUED, None)


def test_one_request_that_is_sent_sixteen_times_makes_one_deployment(
    catalogue: Catalogue, device: ConfigDevice, release: ConfigRelease
) -> None:
    new, once = catalogue.draft(device, release), once_of(WORKSPACE, ("key", "path", "mine"), b"")
    (made,) = set(at_once(lambda _: create_config_deployment(catalogue.service, WORKSPACE, new, NOW, once=once).id))
    assert [each.id for each in everything(catalogue)] == [made]
