"""Devices that take configuration, as tests have them: with keys of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric import rsa

from infra.local.config_device_client import public_pem, self_signed_token, signed_claims
from sluiceway.domain.config_deployment import Activity
from sluiceway.domain.config_device import ConfigDevice
from sluiceway.usecases.config_devices import get_config_device
from sluiceway.usecases.config_enrolment import Machine, enrol
from sluiceway.usecases.config_state import load_config_state
from sluiceway.usecases.config_sync import deployments_at, hand_over
from sluiceway.usecases.config_tokens import (
    issue_activation_token,
    issue_device_token,
    issue_provisioning_token,
    read_invitation,
)
from sluiceway.usecases.service import Service
from tests.support.app import NOW
from tests.support.config_seeds import ConfigSeeds


@cache
def device_key(number: int) -> rsa.RSAPrivateKey:
    """The key of a device, of which there are as many as there are numbers: each takes a while to make."""
    assert number >= 0
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass(frozen=True, slots=True)
class SeededAgent:
    """The device of seeded configurations, activated and told of its target, and what others need to become devices."""

    token: str
    activation_token: str
    """It lets another machine take the place of the device."""
    provisioning_token: str
    self_signed_token: str
    claims: dict[str, object]
    """Signed, and not shown yet."""
    new_pem: str
    """Of a key that no device has."""

    @property
    def claims_within_json(self) -> str:
        """As text inside of a JSON string."""
        return _within_json(json.dumps(self.claims))

    @property
    def new_pem_within_json(self) -> str:
        """As a JSON string inside of a JSON string."""
        return _within_json(_within_json(self.new_pem))


def activate(service: Service, workspace: str, device_id: str, number: int) -> ConfigDevice:
    """Make the machine with the key of a number a device, whether or not it was activated before."""
    device = get_config_device(service, workspace, device_id)
    token = issue_activation_token(service, device, NOW, reactivates=True)
    invitation = read_invitation(service, token.text, NOW)
    return enrol(service, invitation, Machine(device_key(number).public_key(), "v0.8.0"), NOW)


def seed_agent(service: Service, workspace: str, configs: ConfigSeeds) -> SeededAgent:
    """Activate the device of seeded configurations and hand its target over to it."""
    device = activate(service, workspace, configs.device, 0)
    state = load_config_state(service, workspace, device.id)
    hand_over(service, state, deployments_at(state, {Activity.QUEUED}), NOW)
    key = device_key(0)
    return SeededAgent(
        token=issue_device_token(service, device, NOW).text,
        activation_token=issue_activation_token(service, device, NOW, reactivates=True).text,
        provisioning_token=issue_provisioning_token(service, workspace, NOW).text,
        self_signed_token=self_signed_token(key, "seeded", NOW),
        claims=signed_claims(key, device.id, "seeded", NOW + timedelta(minutes=2)),
        new_pem=public_pem(device_key(1)),
    )


def _within_json(text: str) -> str:
    return json.dumps(text)[1:-1]
