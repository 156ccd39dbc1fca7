"""A machine that an activation token makes a device of the Miru dialect, for one sync."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import jwt

from infra.local.config_device_client import ConfigDeviceClient
from infra.local.errors import LocalCloudError
from infra.local.simulated_config_device import SimulatedConfigDevice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey


def take_configuration(http: httpx.Client, key: RSAPrivateKey, token: str, root: Path) -> Sequence[Path]:
    """Become the device of an activation token, and fetch its files into a folder where its file system begins.

    Returns where they are now. Raises LocalCloudError for a token that is none or not good any more, and when the
    service does not answer.
    """
    device = SimulatedConfigDevice(ConfigDeviceClient(http, key), root)
    try:
        device.client.activate(token)
        device.sync()
    except jwt.InvalidTokenError as broken:
        raise LocalCloudError("What came on standard input is no activation token: print one there.") from broken
    except httpx.HTTPStatusError as refused:
        raise LocalCloudError(f"The service refused it: {refused.response.json()['error']['message']}") from refused
    except httpx.HTTPError as failed:
        raise LocalCloudError(f"The service does not answer: {failed}. Start it with `make serve`.") from failed
    return [root / Path(name).relative_to("/") for name in device.files()]
