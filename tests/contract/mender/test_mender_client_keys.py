"""The genuine mender-client 3.4 with a key of its owner's, of every kind that it takes (contract 12.1)."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from infra.local.management_client import ManagementClient
from sluiceway.artifacts.mender_writer import Payload, write_artifact
from tests.contract.mender.conftest import StartDevice
from tests.contract.mender.updates import accept, deploy
from tests.support.device_keys import new_key, public_pem
from tests.support.waiting import wait_for

pytestmark = pytest.mark.genuine


@pytest.mark.parametrize("kind", ["RSA 3072", "P-256", "P-384", "Ed25519"])
def test_27_a_device_with_a_key_of_its_own_is_let_in_and_polls(  # noqa: PLR0917 - fixtures, and a kind
    start_device: StartDevice, user: ManagementClient, api: httpx.Client, tmp_path: Path, unique: str, kind: str
) -> None:
    key, key_file, release = new_key(kind), tmp_path / "key.pem", f"other-{unique}"
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    user.upload(write_artifact(release, ["other board"], Payload(files={"message.txt": b"hello two\n"})), "")
    with start_device(Security={"AuthPrivateKey": str(key_file)}) as device:
        (waiting,) = wait_for(
            "the device asking to be let in",
            lambda: [each for each in user.waiting() if each["identity_data"] == {"id": device.name}],
        )
        device_id = accept(api, device)
        deploy(api, release, device_id).wait_until_all("noartifact")
    assert [auth_set["pubkey"] for auth_set in waiting["auth_sets"]] == [public_pem(key)]
    assert (waiting["id"], waiting["status"]) == (device_id, "pending")
