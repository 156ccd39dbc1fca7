"""What calls of devices that take configuration cost: the table in `sluiceway/storage`'s docstring."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.config_device_client import self_signed_token, signed_claims
from sluiceway.domain.config_deployment import Activity, Deploy, Report, Target, Trouble
from sluiceway.domain.config_device import ConfigDevice
from sluiceway.domain.config_schema import ConfigSchema
from sluiceway.storage.capacity import Usage
from sluiceway.storage.memory import MemoryTable
from sluiceway.storage.table import Table
from sluiceway.usecases.config_deliveries import WantedParts, content_for_device, load_parts
from sluiceway.usecases.config_deployments import change_config_deployment
from sluiceway.usecases.config_device_tokens import SignedClaims, token_for_claims, token_for_jwt
from sluiceway.usecases.config_devices import create_config_device
from sluiceway.usecases.config_enrolment import Machine, enrol
from sluiceway.usecases.config_sessions import open_config_session, record_config_contact
from sluiceway.usecases.config_state import ConfigState
from sluiceway.usecases.config_sync import deployments_at, hand_over, report_config
from sluiceway.usecases.config_tokens import Invitation, issue_activation_token, issue_device_token, read_invitation
from sluiceway.usecases.create_config_deployment import NewConfigDeployment, create_config_deployment
from sluiceway.usecases.service import Service
from tests.support.app import NOW
from tests.support.capacity import measured
from tests.support.configs import Catalogue
from tests.unit.usecases.stores import WORKSPACE

NO_WRITES = 0
ON_ITS_WAY = {Activity.QUEUED, Activity.DEPLOYED}
EVERYTHING = WantedParts(releases=True, commits=True, instances=True)


@dataclass
class World:
    """A device and one schema with one instance; every deployment is of a release and a commit of its own."""

    catalogue: Catalogue
    schema: ConfigSchema
    instance: str
    device: ConfigDevice
    token: str = ""

    @property
    def service(self) -> Service:
        return self.catalogue.service

    def session(self) -> ConfigState:
        return open_config_session(self.service, self.token, NOW)

    def invitation(self) -> Invitation:
        text = issue_activation_token(self.service, self.device, NOW, reactivates=True).text
        return read_invitation(self.service, text, NOW)

    def deploy(self) -> str:
        """Put a deployment in place."""
        sha = self.service.new_id().replace("-", "")
        release = self.catalogue.release(self.schema, version=f"v1.0.0-r{sha}", commit=self.catalogue.commit(sha))
        new = NewConfigDeployment(self.device.id, release.id, Target.STAGED, (self.instance,))
        staged = create_config_deployment(self.service, WORKSPACE, new, NOW)
        return change_config_deployment(self.service, WORKSPACE, staged.id, Deploy(approves=True), NOW).id

    def sync(self) -> None:
        """Do what a list with everything in it does."""
        state = self.session()
        handed = hand_over(self.service, state, deployments_at(state, ON_ITS_WAY), NOW)
        load_parts(self.service, WORKSPACE, handed, EVERYTHING)

    def report(self, deployment: str, activity: Activity, error: Trouble = Trouble.NONE) -> None:
        report_config(self.service, self.session(), deployment, Report(activity, error), NOW)

    @contextmanager
    def budget(self, *, calls: int, read: float, write: float) -> Iterator[None]:
        """Hold the block to exactly so many calls and writes, and reads where the table counts them."""
        with measured(self.service.table) as meter:
            yield
        shown_read = meter.usage.read_units if isinstance(self.service.table, MemoryTable) else read
        assert Usage(meter.usage.calls, shown_read, meter.usage.write_units) == Usage(calls, read, write)


@pytest.fixture(name="world")
def _world(faithful_table: Table) -> World:
    catalogue = Catalogue.on(faithful_table)
    schema = catalogue.schema()
    name = catalogue.service.new_id()
    device = create_config_device(catalogue.service, WORKSPACE, name, NOW)
    world = World(catalogue, schema, catalogue.instance(of=schema).id, device)
    world.device = enrol(world.service, world.invitation(), Machine(new_key().public_key()), NOW)
    world.token = issue_device_token(world.service, world.device, NOW).text
    return world


def new_key() -> rsa.RSAPrivateKey:
    """The engine is shared, and no two devices have the same key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def test_a_sync_with_nothing_to_do(world: World) -> None:
    with world.budget(calls=1, read=1, write=NO_WRITES):
        world.sync()


def test_a_sync_that_hands_a_deployment_over_and_one_that_repeats_it(world: World) -> None:
    world.deploy()
    with world.budget(calls=4, read=1 + 2 + 2, write=6):
        world.sync()
    with world.budget(calls=3, read=1 + 2 + 2, write=NO_WRITES):
        world.sync()


def test_a_sync_of_several_deployments_costs_no_more_calls(world: World) -> None:
    for _ in range(3):
        world.deploy()
        world.sync()
    with world.budget(calls=3, read=1 + (3 + 1) + (3 + 1), write=NO_WRITES):
        world.sync()


def test_the_content_of_an_instance(world: World) -> None:
    world.deploy()
    world.sync()
    with world.budget(calls=2, read=3, write=NO_WRITES):
        content_for_device(world.service, world.session(), world.instance)


def test_reports(world: World) -> None:
    first = world.deploy()
    world.sync()
    with world.budget(calls=2, read=1, write=4):
        world.report(first, Activity.DEPLOYED)
    with world.budget(calls=1, read=1, write=NO_WRITES):
        world.report(first, Activity.DEPLOYED)
    second = world.deploy()
    with world.budget(calls=2, read=1, write=6):
        world.report(first, Activity.ARCHIVED)
    with world.budget(calls=2, read=2, write=NO_WRITES):
        world.report(first, Activity.ARCHIVED)
    with world.budget(calls=2, read=1, write=8):
        world.report(second, Activity.QUEUED, Trouble.FAILED)


def test_a_call_is_noted_with_one_write_in_45_seconds(world: World) -> None:
    device = world.session().device
    with world.budget(calls=1, read=0, write=1):
        record_config_contact(world.service, device, NOW)
    heard = world.session().device
    with world.budget(calls=0, read=0, write=NO_WRITES):
        record_config_contact(world.service, heard, NOW + timedelta(seconds=44))
    with world.budget(calls=1, read=0, write=1):
        record_config_contact(world.service, heard, NOW + timedelta(seconds=45))


def test_becoming_a_device_and_being_given_tokens(world: World) -> None:
    key, invitation = new_key(), world.invitation()
    with world.budget(calls=3, read=3 + 1, write=10):
        enrol(world.service, invitation, Machine(key.public_key()), NOW)
    expires = NOW + timedelta(minutes=2)
    body = signed_claims(key, world.device.id, "n", expires)
    claims = SignedClaims(world.device.id, "n", expires, body["signature"])
    with world.budget(calls=3, read=1 + 3, write=1):
        token_for_claims(world.service, world.device.id, claims, NOW)
    own = self_signed_token(key, "t", NOW)
    with world.budget(calls=3, read=1 + 3, write=1):
        token_for_jwt(world.service, own, NOW)
