"""The commands behind `make run`, `make serve` and `make workspace`, and those that are devices."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
import uuid
from pathlib import Path
from typing import NoReturn, TextIO

import httpx
from botocore.exceptions import BotoCoreError, ClientError
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from rich.console import Console

from infra.local.clients import EngineClients
from infra.local.config_machine import take_configuration
from infra.local.credentials import Credentials, open_workspace, site_of
from infra.local.demonstration import Outcome, demonstrate
from infra.local.errors import LocalCloudError
from infra.local.files import is_held, read_json
from infra.local.management_client import ManagementClient
from infra.local.service import Service, running_service
from infra.local.settings import Settings, is_set, read_settings
from infra.local.signals import Stopped, raise_on_stop_signals
from infra.local.simulated_device import Behaviour
from infra.local.simulated_fleet import POLL_SECONDS, working_fleet
from infra.local.synth import ROOT
from infra.local.workspaces import create_workspace

CREDENTIALS = "credentials.json"
FLEET_DEVICES = 4
MACHINE_KEY_BITS = 4096
"""As genuine devices have it (miru contract 8.2)."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return the exit code; what goes wrong is one line on standard error."""
    chosen = _parser().parse_args(arguments)
    try:
        match chosen.command:
            case "workspace":
                return print_new_workspace(chosen.folder, os.environ.get("NAME", ""))
            case "fleet":
                return work_as_fleet(chosen.folder)
            case "machine":
                return sync_machine(chosen.folder, sys.stdin.read().strip())
            case "run":
                return run(read_settings(os.environ, chosen.folder), sys.stdout, once=is_set(os.environ, "ONCE"))
            case _:
                return serve(read_settings(os.environ, chosen.folder), sys.stdout)
    except LocalCloudError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description="Sluiceway on this machine.")
    parser.add_argument("command", choices=["fleet", "machine", "run", "serve", "workspace"])
    parser.add_argument("--folder", type=Path, default=ROOT / ".local", help="for credentials and logs (%(default)s)")
    return parser


def serve(settings: Settings, terminal: TextIO) -> int:
    """Serve until a signal asks for the end."""
    console = Console(file=terminal, soft_wrap=True, highlight=False)
    raise_on_stop_signals()
    try:
        with running_service(settings, console.print) as service:
            _wait_for_a_signal(service, console)
    except Stopped:
        return 0


def run(settings: Settings, terminal: TextIO, *, once: bool) -> int:
    """Serve and demonstrate some deployments; end with them if `once`, else serve on until a signal."""
    console = Console(file=terminal, soft_wrap=True, highlight=False)
    raise_on_stop_signals()
    try:
        with running_service(settings, console.print) as service:
            outcome = _demonstrate(service, console)
            if not once:
                console.print(f"\n{outcome}")
                _wait_for_a_signal(service, console)
    except Stopped as stopped:
        if not once:
            return 0
        raise LocalCloudError(f"{stopped} came before the demonstration had ended.") from stopped
    console.print(f"\n{outcome}")
    return 0 if outcome.is_complete else 1


def _demonstrate(service: Service, console: Console) -> Outcome:
    try:
        return demonstrate(service, console)
    except httpx.HTTPError as error:
        what = str(error).partition("\n")[0]
        raise LocalCloudError(f"The demonstration cannot go on: {what}. The log is {service.log}.") from error


def _wait_for_a_signal(service: Service, console: Console) -> NoReturn:
    console.print(_summary(service))
    while True:
        signal.pause()


def _summary(service: Service) -> str:
    site, username = service.site, service.account.username
    return "\n".join(
        [
            "Sluiceway serves; Ctrl-C stops it.",
            f"  {site.url} and {site.tls_url} (certificate authority: {site.ca})",
            f"  log in as {username} with the password in {service.credentials_file}, which has a token too",
            f"  log: {service.log}",
        ]
    )


def print_new_workspace(folder: Path, name: str) -> int:
    """Make a workspace in the running service and print its objects as `credentials.json` has them."""
    running = _running(folder)
    opened = _make_workspace(running, name)
    if opened is None:
        raise LocalCloudError(f"The user of the workspace {name} cannot log in; see the service's log.")
    print(json.dumps({**running, **opened}, indent=2))
    return 0


def sync_machine(folder: Path, activation_token: str) -> int:
    """Be the device of an activation token for one sync, with its files below `device`, and print where they are."""
    url, key = _published(folder)["miru"]["url"], generate_private_key(public_exponent=65537, key_size=MACHINE_KEY_BITS)
    with httpx.Client(base_url=url, timeout=30) as http:
        for path in take_configuration(http, key, activation_token, folder / "device"):
            print(path)
    return 0


def work_as_fleet(folder: Path) -> int:
    """Be a few devices of the Mender dialect that ask for work until a signal; printed is a list of their ids."""
    published, run = _published(folder), uuid.uuid4().hex[:6]
    site, mender = site_of(published), published["mender"]
    behaviours = {f"fleet-{run}-{n}": Behaviour.SUCCEEDS for n in range(FLEET_DEVICES)}
    raise_on_stop_signals()
    try:
        with (
            site.caller(mender["token"]) as http,
            working_fleet(ManagementClient(http), site, mender["workspace"], behaviours) as fleet,
        ):
            print(json.dumps([*fleet.devices]), flush=True)
            while True:
                fleet.raise_what_went_wrong()
                time.sleep(POLL_SECONDS)
    except httpx.HTTPError as failed:
        raise LocalCloudError(f"The service does not answer: {failed}. Start it with `make serve`.") from failed
    except Stopped:
        return 0


def _published(folder: Path) -> Credentials:
    """What a service has published. Raises LocalCloudError when none has."""
    published: Credentials | None = read_json(folder / CREDENTIALS)
    if published is None:
        raise LocalCloudError(f"No service runs: {folder / CREDENTIALS} does not exist. Start one with `make serve`.")
    return published


def _running(folder: Path) -> Credentials:
    """What the service that runs has published. Raises LocalCloudError when none does."""
    published = _published(folder)
    if not is_held(folder):
        raise LocalCloudError(
            f"No service runs: the one that left {folder / CREDENTIALS} was killed. Start one with `make serve`."
        )
    return published


def _make_workspace(running: Credentials, name: str) -> Credentials | None:
    clients = EngineClients(running["aws"]["endpoint_url"])
    try:
        return open_workspace(site_of(running), clients, create_workspace(clients, name))
    except (BotoCoreError, ClientError, httpx.HTTPError) as error:
        what = str(error).partition("\n")[0]
        raise LocalCloudError(f"The service does not answer: {what}. See its log, or start it again.") from error
