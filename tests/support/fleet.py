"""A workspace at work below HTTP: devices, artifacts and deployments made through the use cases on any table."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from sluiceway.domain.artifacts import Artifact, Provides
from sluiceway.domain.control_map import ControlMap
from sluiceway.domain.deployment import Definition
from sluiceway.domain.device import AuthSet, AuthStatus, Device, KnownDevice, with_key
from sluiceway.domain.device_deployment import Reported, Status
from sluiceway.domain.inventory import Attribute
from sluiceway.domain.inventory_search import Operator, Place, Scope, Term
from sluiceway.storage import keys
from sluiceway.storage.device_items import read_device
from sluiceway.storage.table import Table
from sluiceway.usecases.control_maps import read_control_map
from sluiceway.usecases.create_deployment import create_deployment
from sluiceway.usecases.credentials import DeviceCredentials
from sluiceway.usecases.groups import put_in_group
from sluiceway.usecases.known_devices import new_device_writes
from sluiceway.usecases.next_deployment import Answer, Offer, next_deployment
from sluiceway.usecases.ports import Claims
from sluiceway.usecases.report_inventory import merge_attributes
from sluiceway.usecases.report_status import report_status
from sluiceway.usecases.saved_filters import save_filter
from sluiceway.usecases.sessions import open_device_session, open_device_session_with_board
from sluiceway.usecases.set_auth_status import AuthDecision, set_auth_status
from sluiceway.usecases.upload_artifact import Upload, upload_artifact
from tests.support.app import (
    NOW,
    RecordedDeliveries,
    RecordedRollouts,
)
from tests.support.mender_files import mender_file
from tests.support.services import recorded_service

WORKSPACE = str(UUID(int=7, version=4))
BOARD = "board-a"
LINUX = Term(Place(Scope.INVENTORY, "os"), Operator.EQUAL, "linux")


@dataclass
class Fleet:
    """One workspace on a table, with the release `app-1` for BOARD; ids are as long as real ones."""

    table: Table
    names: count[int] = field(default_factory=lambda: count(1))
    rollouts: RecordedRollouts = field(default_factory=RecordedRollouts)
    deliveries: RecordedDeliveries = field(default_factory=RecordedDeliveries)
    new_id: Callable[[], str] = lambda: str(uuid4())

    def __post_init__(self) -> None:
        self.service = replace(
            recorded_service(self.table, self.new_id), rollouts=self.rollouts, deliveries=self.deliveries
        )
        self.artifact = self.upload("app-1")

    def upload(self, name: str) -> Artifact:
        content = io.BytesIO(mender_file(name, (BOARD,)))
        return upload_artifact(self.service, WORKSPACE, Upload(content), NOW)

    def accept(self) -> Claims:
        """Accept a new device and return what its token says."""
        device = Device(WORKSPACE, self.new_id(), AuthStatus.NOAUTH, created=NOW, updated=NOW)
        key = AuthSet(self.new_id(), device.id, "PEM", AuthStatus.PENDING, NOW)
        known = with_key(KnownDevice(device, f'{{"mac":"{device.id}"}}'), key, NOW)
        self.table.write(*new_device_writes(known))
        set_auth_status(self.service, WORKSPACE, AuthDecision(device.id, key.id, AuthStatus.ACCEPTED), NOW)
        stored = self.table.get(keys.device(WORKSPACE, device.id))
        accepted = read_device(WORKSPACE, stored or {})
        return DeviceCredentials(WORKSPACE, device.id, accepted.accepted, accepted.epoch).to_claims()

    def deploy(self, *devices: Claims, release: str = "app-1") -> str:
        """Deploy to these devices, or to all accepted ones when none is named."""
        return create_deployment(self.service, WORKSPACE, self.definition(*devices, release=release), NOW)

    def put_in_group(self, group: str, *devices: Claims) -> None:
        for device in devices:
            put_in_group(self.service, WORKSPACE, str(device["sub"]), group, NOW)

    def deploy_to_group(self, group: str) -> str:
        """Deploy the release to the accepted devices of a group."""
        definition = Definition(f"deployment {next(self.names)}", "app-1", group=group)
        return create_deployment(self.service, WORKSPACE, definition, NOW)

    def tell(self, device: Claims, **attributes: str) -> None:
        """Let a device say something of itself."""
        session = open_device_session(self.service, device)
        said = [Attribute(name, value) for name, value in attributes.items()]
        merge_attributes(self.service, session.device, said, NOW)

    def deploy_to_filter(self, *terms: Term, **limits: Any) -> str:  # noqa: ANN401 - members of a definition
        """Deploy the release to whatever device meets these terms when it asks."""
        filter_id = save_filter(self.service, WORKSPACE, "filter", terms)
        definition = Definition(f"deployment {next(self.names)}", "app-1", filter_id=filter_id, **limits)
        return create_deployment(self.service, WORKSPACE, definition, NOW)

    def definition(self, *devices: Claims, release: str = "app-1") -> Definition:
        """A definition that was never used before."""
        name = f"deployment {next(self.names)}"
        return Definition(name, release, tuple(str(device["sub"]) for device in devices), all_devices=not devices)

    def look(self, device: Claims, deployment_id: str) -> ControlMap:
        """Let a device read the control map, its token checked first."""
        return read_control_map(self.service, open_device_session(self.service, device), deployment_id)

    def poll(
        self, device: Claims, *, installed: str = "app-0", board: str = BOARD, now: datetime = NOW
    ) -> Offer | None:
        """Let a device ask for work, its token checked first."""
        return self.ask(device, Provides(installed, board, {}), now).offer

    def ask(self, device: Claims, provides: Provides, now: datetime) -> Answer:
        """Let a device ask for work, and return all that it is told."""
        session = open_device_session_with_board(self.service, device)
        return next_deployment(self.service, session, provides, now)

    def report(self, device: Claims, deployment_id: str, status: Status, *, now: datetime = NOW) -> None:
        """Let a device report, its token checked first."""
        session = open_device_session(self.service, device)
        report_status(self.service, session, deployment_id, Reported(status), now)
