"""What machines say of themselves to become devices (contract 8.2, 8.4)."""

from __future__ import annotations

from miru._wire_agent import MOST_AGENT_VERSION_CHARACTERS
from sluiceway.domain.config_device import MOST_NAME_CHARACTERS
from sluiceway.http.json_body import json_object, text_member
from sluiceway.http.request import Request
from sluiceway.usecases.config_enrolment import Machine
from sluiceway.usecases.config_keys import read_rsa_key

MOST_KEY_CHARACTERS = 4096


def parse_machine(request: Request, *, required: bool) -> Machine:
    """Read what a machine says of itself: a key, and its name and version where they are required. Raises Invalid."""
    body = json_object(request)
    pem = text_member(body, "public_key_pem", longest=MOST_KEY_CHARACTERS)
    return Machine(
        public_key=read_rsa_key(pem, field="public_key_pem"),
        agent_version=text_member(body, "agent_version", longest=MOST_AGENT_VERSION_CHARACTERS, required=required),
        name=text_member(body, "name", longest=MOST_NAME_CHARACTERS, required=required),
    )
