"""How programs of the local cloud find the engine instead of AWS."""

from collections.abc import Mapping

REGION = "us-east-1"
ACCOUNT = "000000000000"
ACCESS_KEY_ID = "test"
"""The engine takes it for the root of that account."""
SECRET_ACCESS_KEY = "test"  # noqa: S105 -- the engine's well-known key, of no use anywhere else


def aws_variables(endpoint_url: str) -> dict[str, str]:
    """The standard variables that point every AWS SDK at the engine, with credentials that real AWS refuses."""
    return {
        "AWS_ENDPOINT_URL": endpoint_url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }


def without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment without the operator's own AWS settings, and with loopback spared from any proxy."""
    kept = {name: value for name, value in environment.items() if not name.startswith("AWS_")}
    hosts = [host for host in (kept.get("NO_PROXY") or kept.get("no_proxy"), "127.0.0.1", "localhost") if host]
    return kept | {"NO_PROXY": ",".join(hosts), "no_proxy": ",".join(hosts)}
