"""The genuine mender-client with a key to verify artifacts with (contract 12.1, 12.7)."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from infra.local.management_client import ManagementClient
from tests.contract.mender.artifacts import single_file_artifact
from tests.contract.mender.conftest import StartDevice
from tests.contract.mender.updates import accept, deploy
from tests.support.device_keys import new_key, public_pem

pytestmark = pytest.mark.genuine


class SigningKey:
    """A key pair of an artifact's author, in files."""

    def __init__(self, folder: Path, kind: str) -> None:
        folder.mkdir()
        key = new_key(kind)
        self.private, self.public = folder / "private.pem", folder / "public.pem"
        self.private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
        self.public.write_text(public_pem(key))


@pytest.fixture
def message(tmp_path: Path) -> Path:
    """What is installed already, where the artifacts of these tests put their file."""
    target = tmp_path / "target"
    target.mkdir()
    message = target / "message.txt"
    message.write_text("hello one\n")
    return message


@pytest.mark.parametrize("kind", ["RSA 3072", "P-256"])
def test_27_an_artifact_signed_with_the_right_key_is_installed(
    start_device: StartDevice, api: httpx.Client, message: Path, unique: str, kind: str
) -> None:
    release, folder = f"signed-{unique}", message.parents[1]
    key = SigningKey(folder / "key", kind)
    artifact = single_file_artifact(folder, release, "hello two\n", message.parent, "-k", str(key.private))
    artifact_id = ManagementClient(api).upload(artifact, "")
    with start_device(ArtifactVerifyKey=str(key.public)) as device:
        update = deploy(api, release, accept(api, device))
        update.wait_until_all("success")
    assert message.read_text() == "hello two\n"
    assert update.counted() == {"success": 1}
    assert api.get(f"/api/management/v1/deployments/artifacts/{artifact_id}").json()["signed"] is True


@pytest.mark.parametrize(
    ("signer", "reason"),
    [
        ([], "expecting signed artifact, but no signature file found"),
        (["another"], "invalid signature: crypto/rsa: verification error"),
    ],
)
def test_27_an_artifact_without_the_right_signature_is_refused_with_a_log(  # noqa: PLR0917 - fixtures, and a table
    start_device: StartDevice,
    api: httpx.Client,
    message: Path,
    unique: str,
    signer: list[str],
    reason: str,
) -> None:
    release, folder = f"untrusted-{unique}", message.parents[1]
    signing = [f"-k={SigningKey(folder / name, 'RSA 3072').private}" for name in signer]
    ManagementClient(api).upload(single_file_artifact(folder, release, "hello two\n", message.parent, *signing), "")
    with start_device(ArtifactVerifyKey=str(SigningKey(folder / "key", "RSA 3072").public)) as device:
        update = deploy(api, release, accept(api, device))
        update.wait_until_all("failure")
        log = update.log()
    assert reason in log
    assert message.read_text() == "hello one\n"
    assert update.counted() == {"failure": 1}
