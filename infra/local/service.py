"""The local cloud as a whole: engine, deployed stacks, gateway, first workspace, and the file that says where it is."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.aws import ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, aws_variables, without_aws
from infra.local.certificate import Certificate, certificate_for_loopback
from infra.local.clients import EngineClients
from infra.local.credentials import Credentials, open_workspace
from infra.local.credentials.losant import with_good_application_token
from infra.local.credentials.native import with_good_api_key
from infra.local.deployer import deploy
from infra.local.engine import Engine, local_engine
from infra.local.errors import LocalCloudError
from infra.local.files import sole_user, write_private_json
from infra.local.gateway import Gateway
from infra.local.servers import bind, serving
from infra.local.settings import Settings
from infra.local.signals import watching
from infra.local.site import Site
from infra.local.surfaces import local_origin
from infra.local.synth import ROOT, synthesised
from infra.local.workspaces import (
    DEFAULT_WORKSPACE,
    Account,
    create_workspace,
    keep_account,
    kept_account,
)
from infra.surfaces import route_tables

Say = Callable[[str], None]
ASSEMBLIES = ROOT / ".local" / "assemblies"
_ANSWERS_WITHIN_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Service:
    """A running local cloud: where it answers, how to get into its first workspace, and where it writes."""

    site: Site
    account: Account
    credentials: Credentials
    credentials_file: Path
    log: Path


@dataclass(frozen=True, slots=True)
class _Cloud:
    """The engine with the stacks in it."""

    engine: Engine
    clients: EngineClients
    outputs: dict[str, str]


@contextmanager
def running_service(settings: Settings, say: Say) -> Iterator[Service]:
    """Start everything, and stop it at the end of the block; `say` takes one line per step.

    Must be entered in the main thread. What handlers print goes to the service's log. Raises LocalCloudError when
    something cannot start, and when the engine dies, also in the block.
    """
    with (
        _sole_service(settings),
        bind(settings.port, "PORT") as plain,
        bind(settings.tls_port, "TLS_PORT") as tls,
        _logging(settings.folder / "service.log"),
        _cloud(settings, say) as cloud,
    ):
        certificate = certificate_for_loopback(settings.kept / "tls")
        _enter_environment(cloud.clients)
        with serving(Gateway(local_origin()), plain, tls, certificate):
            service = _open(settings, cloud, certificate, plain.getsockname()[1], tls.getsockname()[1])
            with _published(service):
                yield service


@contextmanager
def _sole_service(settings: Settings) -> Iterator[None]:
    with sole_user(settings.folder, "clone"):
        _credentials_file(settings).unlink(missing_ok=True)
        if settings.state is None:
            yield
        else:
            with sole_user(settings.state, "STATE folder"):
                yield


def _credentials_file(settings: Settings) -> Path:
    return settings.folder / "credentials.json"


@contextmanager
def _logging(path: Path) -> Iterator[None]:
    with path.open("w", buffering=1) as log, redirect_stdout(log), redirect_stderr(log):
        yield


@contextmanager
def _cloud(settings: Settings, say: Say) -> Iterator[_Cloud]:
    say("Synthesising the stacks (a while at first, then only after a change) …")
    assembly = synthesised(ASSEMBLIES)
    say("Starting the local AWS engine and deploying into it …")
    with (
        local_engine(settings.state, log=settings.folder / "engine.log") as engine,
        watching(engine),
        _failures_of(engine),
    ):
        yield _Cloud(engine, EngineClients(engine.url), deploy(assembly, engine.url))


@contextmanager
def _failures_of(engine: Engine) -> Iterator[None]:
    """Say what became of the engine when a call to it fails; a dead one is also met as a failed call."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        engine.raise_if_dead()
        raise LocalCloudError(f"The local AWS engine failed: {error}. Its log is {engine.log}.") from error


def _enter_environment(clients: EngineClients) -> None:
    """Give the handlers in this process what the deployed functions have, and the engine instead of AWS."""
    pages = clients.functions.get_paginator("list_functions").paginate()
    functions = [function for page in pages for function in page["Functions"]]
    deployed = {
        name: value
        for function in functions
        for name, value in function.get("Environment", {}).get("Variables", {}).items()
    }
    variables = without_aws(os.environ) | aws_variables(clients.endpoint_url) | deployed
    os.environ.clear()
    os.environ.update(variables | {"POWERTOOLS_SERVICE_NAME": "sluiceway"})


def _open(settings: Settings, cloud: _Cloud, certificate: Certificate, port: int, tls_port: int) -> Service:
    """Wait until every surface answers, and find or make the first workspace."""
    site = Site(f"http://127.0.0.1:{port}", f"https://127.0.0.1:{tls_port}", str(certificate.ca))
    _raise_unless_answering(site)
    account, credentials = _open_first_workspace(settings, cloud.clients, site)
    return Service(
        site=site,
        account=account,
        credentials={**credentials, "aws": _aws_credentials(cloud)},
        credentials_file=_credentials_file(settings),
        log=settings.folder / "service.log",
    )


def _raise_unless_answering(site: Site) -> None:
    """One request to each surface, on both ports: any answer but a failure will do."""
    with httpx.Client(verify=site.trust(), trust_env=False, timeout=_ANSWERS_WITHIN_SECONDS) as caller:
        for table in route_tables():
            for origin in (site.url, site.tls_url):
                _raise_unless_answered(caller, f"{origin}{table.roots[0]}")


def _raise_unless_answered(caller: httpx.Client, url: str) -> None:
    try:
        answer = caller.get(url)
    except httpx.TransportError as error:
        raise LocalCloudError(f"The gateway does not answer on {url}: {error}.") from error
    if answer.is_server_error:
        raise LocalCloudError(f"The gateway answers {answer.status_code} on {url}: {answer.text}.")


def _open_first_workspace(settings: Settings, clients: EngineClients, site: Site) -> tuple[Account, Credentials]:
    """The kept account when it still opens, else a new one: a killed run leaves its account but not its data."""
    path = settings.kept / "account.json"
    account = kept_account(path) if settings.state else None
    account = with_good_api_key(site, clients, account) if account else None
    account = with_good_application_token(site, clients, account) if account else None
    credentials = open_workspace(site, clients, account) if account else None
    if account is None or credentials is None:
        account = create_workspace(clients, DEFAULT_WORKSPACE)
        credentials = open_workspace(site, clients, account)
    if credentials is None:
        raise LocalCloudError("The user of the first workspace cannot log in; see the service's log.")
    if settings.state:
        keep_account(path, account)
    return account, credentials


def _aws_credentials(cloud: _Cloud) -> dict[str, str]:
    return {
        "endpoint_url": cloud.engine.url,
        "region": REGION,
        "access_key_id": ACCESS_KEY_ID,
        "secret_access_key": SECRET_ACCESS_KEY,
        "table": cloud.outputs["TableName"],
        "bucket": cloud.outputs["BucketName"],
    }


@contextmanager
def _published(service: Service) -> Iterator[None]:
    """The credentials file says that the service is usable, for exactly as long as it is."""
    write_private_json(service.credentials_file, service.credentials)
    try:
        yield
    finally:
        service.credentials_file.unlink(missing_ok=True)
