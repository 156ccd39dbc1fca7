from __future__ import annotations

import socket

import pytest

from infra.local.errors import LocalCloudError
from infra.local.servers import bind


def test_a_taken_port_is_one_line_that_names_the_variable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(LocalCloudError) as refusal:
            bind(port, "TLS_PORT")

    assert str(refusal.value) == (
        f"Port {port} on 127.0.0.1 is taken; stop what uses it, or choose another with TLS_PORT=<port>."
    )


def test_a_port_cannot_be_taken_for_both_listeners() -> None:
    with bind(0, "PORT") as plain:
        port = plain.getsockname()[1]
        with pytest.raises(
            LocalCloudError, match=rf"^Port {port} on 127\.0\.0\.1 is taken; .* with TLS_PORT=<port>\.$"
        ):
            bind(port, "TLS_PORT")


def test_only_loopback_is_bound() -> None:
    with bind(0, "PORT") as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
