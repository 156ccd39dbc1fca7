"""Every key of the table, in one place: workspace first, parts joined by `#`, ids escaped so that none forges another.

Only what is read before a workspace is known, under `G#`, and the index of due work stand outside a workspace; they
hold a workspace and an id, or the count of attempts to log in, and nothing else. Functions are named after the item
they find.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from sluiceway.domain.errors import Invalid
from sluiceway.domain.fleet import fleet_shard, group_shard
from sluiceway.domain.identifiers import ESCAPED, MOST_ID_BYTES, is_possible_id
from sluiceway.storage.moments import from_milliseconds, to_milliseconds
from sluiceway.storage.table import LAST_SORT_KEY, Key, Query

if TYPE_CHECKING:
    from sluiceway.domain.config_kinds import ConfigKind

HEAD = "#"
"""Sort key of the one item that an entity's own partition is about."""
DEVICE_HEAD = "S"
"""Sort key of a device's head: directly after its rows, so that one descending query reads it and the newest rows."""
FIRST_ROW, LAST_ROW = "R#", "R#~"
FIRST_DEADLINE, LAST_DEADLINE = "0000#", "0000#~"
FIRST_AUTH_SET, LAST_AUTH_SET = "A#", "A#~"
"""Auth set ids are lower-case UUIDs, which sort below `~`."""
LAST_SHARD = "C#~"
"""A query from HEAD to here reads the head of a deployment and all its counter shards."""
PLAN, WAITING_TASK = "PLAN", "PLAN#TASK"
TARGETS = "T"
"""After the shards: a query from HEAD to here reads the plan, the token of its execution and a short list as well."""
CONFIG_DEVICE_HEAD = "MK"
"""Sort key of a device that takes configuration: directly before its live deployments, so that one query reads all."""
FIRST_LIVE_CONFIG, LAST_LIVE_CONFIG = "ML#", "ML#~"
FIRST_ARCHIVED_CONFIG, LAST_ARCHIVED_CONFIG = "MA#", "MA#~"
"""Ids of config deployments are letters, digits and `_`, which sort below `~`."""
CREDENTIALS = ("W#*#TOK#*", "W#*#X#KEY")
"""Patterns, as IAM has them, of the partitions that hold tokens or API keys and nothing else."""
WORKFLOW_DEVICE_HEAD = "WK"
"""Sort key of a device that takes workflows."""
INVENTORY_SHARDS = 16
SLOT_SHARDS = 16
DUE_SHARDS = 8
LAST_MILLISECOND = 9_999_999_999_999
"""The last one of thirteen digits, in the year 2286: an order of more would sort before today's."""
_ESCAPE = re.compile(r"%([0-9A-F]{2})")


@lru_cache(maxsize=1_024)
def escape(identifier: str) -> str:
    """Escape `%`, `#` and control characters as `%XX`. Raises Invalid for what nothing can have as its id."""
    if not is_possible_id(identifier):
        raise Invalid(f"an id must be text of between 1 and {MOST_ID_BYTES} bytes")
    return _escape(identifier)


def unescape(escaped: str) -> str:
    """Return the id that was escaped."""
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)), escaped)


def _escape(text: str) -> str:
    return ESCAPED.sub(lambda found: f"%{ord(found[0]):02X}", text)


def digest(text: str) -> str:
    """Return the hexadecimal SHA-256 of a text, for keys made of something long or secret."""
    return hashlib.sha256(text.encode()).hexdigest()


def _in(workspace: str, *parts: str) -> str:
    return "#".join(("W", escape(workspace), *parts))


# Workspace, people, credentials


def workspace(ws: str) -> Key:
    """Find the workspace itself."""
    return Key(_in(ws), HEAD)


def sequence(ws: str) -> Key:
    """Find what orders the deployments of a workspace, with how many devices were ever removed from it."""
    return Key(_in(ws), "SEQ")


def user(ws: str, user_id: str) -> Key:
    """Find a user."""
    return Key(_in(ws, "U", escape(user_id)), HEAD)


def user_directory(ws: str) -> str:
    """Name the partition that lists all users."""
    return _in(ws, "X", "USER")


def user_entry(ws: str, user_id: str) -> Key:
    """Find a user in the list."""
    return Key(user_directory(ws), escape(user_id))


def mail(address: str) -> Key:
    """Find whose mail address this is, in any workspace."""
    return Key(f"G#MAIL#{escape(address)}", HEAD)


def login_attempts(address: str) -> Key:
    """Find how often somebody lately tried to log in with a mail address, whether it is anybody's or not."""
    return Key(f"G#LOGIN#{digest(address)}", HEAD)


def default_workspace() -> Key:
    """Find the workspace of devices that name none: the first one made."""
    return Key("G#WS", HEAD)


def token(ws: str, token_id: str) -> Key:
    """Find a token that can be revoked: it is valid while it exists."""
    return Key(_in(ws, "TOK", escape(token_id)), HEAD)


def personal_tokens(ws: str, user_id: str) -> Query:
    """Find all personal access tokens of a user, by name."""
    return Query(user(ws, user_id).pk, first="TOK#", last=f"TOK#{LAST_SORT_KEY}")


def personal_token(ws: str, user_id: str, name: str) -> Key:
    """Find a personal access token by its name."""
    return Key(user(ws, user_id).pk, f"TOK#{escape_name(name)}")


def api_keys(ws: str) -> str:
    """Name the partition of all API keys."""
    return _in(ws, "X", "KEY")


def api_key(ws: str, key_id: str) -> Key:
    """Find an API key, which names its workspace and its id in clear."""
    return Key(api_keys(ws), escape(key_id))


def webhooks(ws: str) -> str:
    """Name the partition of all webhook endpoints."""
    return _in(ws, "HOOK")


def webhook(ws: str, webhook_id: str) -> Key:
    """Find a webhook endpoint."""
    return Key(webhooks(ws), escape(webhook_id))


def event(ws: str, order: str) -> Key:
    """Find an event of a workspace by its place among them."""
    return Key(events_of_day(ws, moment_of(order)), order)


def events_of_day(ws: str, moment: datetime) -> str:
    """Name the partition of all events of a workspace that have the day, in UTC, of this moment."""
    return _in(ws, "EVT", f"{moment:%Y%m%d}")


def event_of(key: Key) -> tuple[str, str]:
    """Return the workspace and the order of the event that a key finds."""
    return workspace_of(key.pk), key.sk


def settings(ws: str) -> Key:
    """Find what the users of a workspace keep for all of them."""
    return Key(_in(ws), "SETTINGS")


def user_settings(ws: str, user_id: str) -> Key:
    """Find what a user keeps for themselves."""
    return Key(user(ws, user_id).pk, "SETTINGS")


# Devices


def device_partition(ws: str, device_id: str) -> str:
    """Name the partition of a device: head, auth sets and its rows of all deployments."""
    return _in(ws, "D", escape(device_id))


def device(ws: str, device_id: str) -> Key:
    """Find the head of a device."""
    return Key(device_partition(ws, device_id), DEVICE_HEAD)


def auth_set(ws: str, device_id: str, auth_set_id: str) -> Key:
    """Find one public key of a device."""
    return Key(device_partition(ws, device_id), f"A#{escape(auth_set_id)}")


def auth_set_pointer(ws: str, auth_set_id: str) -> Key:
    """Find the device of an auth set."""
    return Key(_in(ws, "AID", escape(auth_set_id)), HEAD)


def identity(ws: str, identity_json: str) -> Key:
    """Find the device with this identity: there is one at most."""
    return Key(_in(ws, "IDN", digest(identity_json)), HEAD)


def device_directory(ws: str) -> str:
    """Name the partition that lists all devices by status, then id."""
    return _in(ws, "X", "DEV")


def device_entry(ws: str, status: str, device_id: str) -> Key:
    """Find a device in the list."""
    return Key(device_directory(ws), f"{status}#{escape(device_id)}")


def inventory(ws: str, device_id: str) -> Key:
    """Find what a device says about itself."""
    shard = hashlib.sha256(device_id.encode()).digest()[0] % INVENTORY_SHARDS
    return Key(inventory_shard(ws, shard), escape(device_id))


def inventory_shard(ws: str, shard: int) -> str:
    """Name one of the partitions of all inventories."""
    return _in(ws, "INV", f"{shard:02d}")


def saved_filters(ws: str) -> str:
    """Name the partition of the searches that users keep."""
    return _in(ws, "X", "FILTER")


def saved_filter(ws: str, filter_id: str) -> Key:
    """Find a search that users keep."""
    return Key(saved_filters(ws), escape(filter_id))


def fleet(ws: str) -> str:
    """Name the partition of the fleet's shards and of the marks of removed devices."""
    return _in(ws, "FLEET")


def fleet_shard_item(ws: str, number: int) -> Key:
    """Find one fleet shard."""
    return Key(fleet(ws), f"{number:02d}")


def fleet_shard_key(ws: str, device_id: str) -> Key:
    """Find the fleet shard that counts a device."""
    return fleet_shard_item(ws, fleet_shard(device_id))


def gone_devices(ws: str) -> Query:
    """Find the marks of all removed devices."""
    return Query(fleet(ws), first="GONE#", last=f"GONE#{LAST_SORT_KEY}")


def gone_device(ws: str, device_id: str) -> Key:
    """Find the mark of a removed device."""
    return Key(fleet(ws), f"GONE#{escape(device_id)}")


def groups(ws: str) -> str:
    """Name the partition of the shards of all groups, by name."""
    return _in(ws, "GRPS")


def group_shards(ws: str, group: str) -> Query:
    """Find the shards of a group."""
    prefix = f"{escape_name(group)}#"
    return Query(groups(ws), first=prefix, last=f"{prefix}~")


def group_shard_key(ws: str, group: str, device_id: str) -> Key:
    """Find the shard of a group that counts a device."""
    return group_shard_item(ws, group, group_shard(device_id))


def group_shard_item(ws: str, group: str, number: int) -> Key:
    """Find one shard of a group."""
    return Key(groups(ws), f"{escape_name(group)}#{number}")


def group_members(ws: str, group: str) -> str:
    """Name the partition of the devices in a group, by id."""
    return _in(ws, "GRP", escape_name(group))


def group_member(ws: str, group: str, device_id: str) -> Key:
    """Find a device in a group."""
    return Key(group_members(ws, group), escape(device_id))


# Artifacts and releases


def artifacts(ws: str) -> str:
    """Name the partition of all artifacts, by name, then upload order."""
    return _in(ws, "ART")


def artifact(ws: str, name: str, order: str) -> Key:
    """Find an artifact by its place in the list."""
    return Key(artifacts(ws), f"{escape_name(name)}#{order}")


def artifacts_of_release(ws: str, name: str) -> Query:
    """Find all artifacts of one name, in upload order."""
    prefix = f"{escape_name(name)}#"
    return Query(artifacts(ws), first=prefix, last=f"{prefix}{LAST_SORT_KEY}")


def artifact_pointer(ws: str, artifact_id: str) -> Key:
    """Find an artifact's place by its id."""
    return Key(_in(ws, "AP", escape(artifact_id)), HEAD)


def direct_upload(ws: str, upload_id: str) -> Key:
    """Find an upload that goes to the bucket without passing through us."""
    return Key(_in(ws, "UP", escape(upload_id)), HEAD)


def direct_upload_of(partition: str) -> tuple[str, str]:
    """Return the workspace and the id of the direct upload that a partition holds."""
    _, ws, _, upload_id = partition.split("#")
    return unescape(ws), unescape(upload_id)


def unclaimed(ws: str, object_key: str) -> Key:
    """Find the mark of bytes in the bucket that belong to no artifact."""
    return Key(_in(ws, "OBJ", digest(object_key)), HEAD)


def releases(ws: str) -> str:
    """Name the partition of all releases, by name."""
    return _in(ws, "REL")


def release(ws: str, name: str) -> Key:
    """Find a release."""
    return Key(releases(ws), escape_name(name))


def tags(ws: str) -> Key:
    """Find how many releases have each tag."""
    return Key(_in(ws), "TAGS")


def update_types(ws: str) -> Key:
    """Find the types of all payloads that were ever uploaded."""
    return Key(_in(ws), "TYPES")


def release_uses(ws: str, name: str) -> str:
    """Name the partition of the unfinished deployments of a release."""
    return _in(ws, "ACT", escape_name(name))


def release_use(ws: str, name: str, deployment_id: str) -> Key:
    """Find the mark that an unfinished deployment leaves on its release."""
    return Key(release_uses(ws, name), escape(deployment_id))


def escape_name(name: str) -> str:
    """Escape an artifact name, which may be longer than an id: above 256 bytes its digest stands for it."""
    escaped = _escape(name)
    return escaped if len(escaped.encode()) <= MOST_ID_BYTES else f"%%{digest(name)}"


# Deployments


def deployment_partition(ws: str, deployment_id: str) -> str:
    """Name the partition of a deployment: its head, targets and counter shards."""
    return _in(ws, "DEP", escape(deployment_id))


def deployment(ws: str, deployment_id: str) -> Key:
    """Find the head of a deployment."""
    return Key(deployment_partition(ws, deployment_id), HEAD)


def plan(ws: str, deployment_id: str) -> Key:
    """Find what the execution of a deployment works with."""
    return Key(deployment_partition(ws, deployment_id), PLAN)


def waiting_task(ws: str, deployment_id: str) -> Key:
    """Find the token by which the execution of a deployment is woken while it waits."""
    return Key(deployment_partition(ws, deployment_id), WAITING_TASK)


def targets(ws: str, deployment_id: str) -> Key:
    """Find the device ids of a deployment with a short fixed list."""
    return Key(deployment_partition(ws, deployment_id), TARGETS)


def history(ws: str, deployment_id: str) -> Query:
    """Find all that happened to a deployment, oldest first: behind what is read together with its head."""
    return Query(deployment_partition(ws, deployment_id), first="V#", last=f"V#{LAST_SORT_KEY}")


def history_entry(ws: str, deployment_id: str, order: str) -> Key:
    """Find one thing that happened to a deployment by its place among the events of the workspace."""
    return Key(deployment_partition(ws, deployment_id), f"V#{order}")


def target_chunk(ws: str, deployment_id: str, chunk: int) -> Key:
    """Find one part of the device ids of a deployment with a long fixed list."""
    return Key(deployment_partition(ws, deployment_id), f"{TARGETS}#{chunk:04d}")


def counter_shard(ws: str, deployment_id: str, shard: int) -> Key:
    """Find one counter shard; it comes into being with its first count."""
    return Key(deployment_partition(ws, deployment_id), f"C#{shard:03d}")


def target_chunks(ws: str, deployment_id: str) -> Query:
    """Find every part of a long fixed list, in order."""
    prefix = f"{TARGETS}#"
    return Query(deployment_partition(ws, deployment_id), first=prefix, last=f"{prefix}{LAST_SORT_KEY}")


def counter_shards(ws: str, deployment_id: str) -> Query:
    """Find every counter shard that was counted in."""
    return Query(deployment_partition(ws, deployment_id), first="C#000", last=LAST_SHARD)


def head_with_shards(ws: str, deployment_id: str, most: int) -> Query:
    """Find the head of a deployment, and at most so many of its first counter shards that were counted in."""
    return Query(deployment_partition(ws, deployment_id), first=HEAD, last=LAST_SHARD, limit=1 + most)


def shard_number(key: Key) -> int:
    """Return the number of a counter shard."""
    return int(key.sk.removeprefix("C#"))


def deployment_directory(ws: str) -> str:
    """Name the partition that lists all deployments by creation."""
    return _in(ws, "X", "DEP")


def deployment_entry(ws: str, order: str) -> Key:
    """Find a deployment in the list."""
    return Key(deployment_directory(ws), order)


def definition(ws: str, definition_digest: str) -> Key:
    """Find the unfinished deployment with this definition."""
    return Key(_in(ws, "DEF", definition_digest), HEAD)


def board(ws: str) -> str:
    """Name the partition of the active deployments without a fixed list, by creation."""
    return _in(ws, "BOARD")


def board_entry(ws: str, order: str) -> Key:
    """Find a deployment on the board."""
    return Key(board(ws), order)


def row(ws: str, device_id: str, order: str) -> Key:
    """Find a device's row in the deployment with this order."""
    return Key(device_partition(ws, device_id), f"R#{order}")


def workspace_of(partition: str) -> str:
    """Return the workspace that a partition belongs to."""
    return unescape(partition.split("#")[1])


def deployment_of(partition: str) -> tuple[str, str]:
    """Return the workspace and the id of the deployment that a partition holds."""
    _, ws, _, deployment_id = partition.split("#")
    return unescape(ws), unescape(deployment_id)


# Configuration


def idempotency(ws: str, request: str) -> Key:
    """Find what was made by the request with this digest."""
    return Key(_in(ws, "IDEM", escape(request)), HEAD)


def config_device(ws: str, device_id: str) -> Key:
    """Find the head of a device that takes configuration."""
    return Key(device_partition(ws, device_id), CONFIG_DEVICE_HEAD)


def config_device_key(ws: str, device_id: str) -> Key:
    """Find the public key of a device that takes configuration."""
    return Key(device_partition(ws, device_id), "M#KEY")


def config_device_with_live(ws: str, device_id: str) -> Query:
    """Find the head of a device and all its config deployments that are not over."""
    return Query(device_partition(ws, device_id), first=CONFIG_DEVICE_HEAD, last=LAST_LIVE_CONFIG)


def live_config_deployment(ws: str, device_id: str, deployment_id: str) -> Key:
    """Find a config deployment that is not over."""
    return Key(device_partition(ws, device_id), f"{FIRST_LIVE_CONFIG}{escape(deployment_id)}")


def live_config_deployments(ws: str, device_id: str) -> Query:
    """Find all config deployments of a device that are not over."""
    return Query(device_partition(ws, device_id), first=FIRST_LIVE_CONFIG, last=LAST_LIVE_CONFIG)


def archived_config_deployment(ws: str, device_id: str, deployment_id: str) -> Key:
    """Find a config deployment of which nothing can become any more."""
    return Key(device_partition(ws, device_id), f"{FIRST_ARCHIVED_CONFIG}{escape(deployment_id)}")


def archived_config_deployments(ws: str, device_id: str) -> Query:
    """Find all config deployments of a device of which nothing can become any more."""
    return Query(device_partition(ws, device_id), first=FIRST_ARCHIVED_CONFIG, last=LAST_ARCHIVED_CONFIG)


def handed_instance(ws: str, device_id: str, instance_id: str) -> Key:
    """Find the mark that lets a device read a config instance for ever."""
    return Key(device_partition(ws, device_id), f"MI#{escape(instance_id)}")


def config_device_directory(ws: str) -> str:
    """Name the partition that lists all devices that take configuration, by creation."""
    return _in(ws, "X", "MDEV")


def config_device_entry(ws: str, created: datetime, device_id: str) -> Key:
    """Find a device that takes configuration in the list."""
    return Key(config_device_directory(ws), order_of(created, escape(device_id)))


def config_device_name(ws: str, name: str) -> Key:
    """Find the device with this name: there is one at most."""
    return Key(_in(ws, "DN", digest(name)), HEAD)


def config_device_pointer(device_id: str) -> Key:
    """Find the workspace of a device that takes configuration, for calls that name the device alone."""
    return Key(f"G#DVC#{escape(device_id)}", HEAD)


def config_key_pointer(key_id: str) -> Key:
    """Find the device with this public key, for calls that name the key alone: there is one at most."""
    return Key(f"G#KID#{escape(key_id)}", HEAD)


def used_once(ws: str, device_id: str, nonce: str) -> Key:
    """Find the mark of what a device, or a machine that is to be one, may show only once."""
    return Key(_in(ws, "NONCE", escape(device_id), digest(nonce)), HEAD)


def config_deployment_pointer(ws: str, deployment_id: str) -> Key:
    """Find the device of a config deployment."""
    return Key(_in(ws, "DPL", escape(deployment_id)), HEAD)


def config_instance_use(ws: str, instance_id: str) -> Key:
    """Find the newest deployment of a config instance."""
    return Key(_in(ws, "MUSE", escape(instance_id)), HEAD)


def config_deployment_directory(ws: str) -> str:
    """Name the partition that lists all config deployments by creation."""
    return _in(ws, "X", "DPL")


def config_deployment_entry(ws: str, created: datetime, deployment_id: str) -> Key:
    """Find a config deployment in the list."""
    return Key(config_deployment_directory(ws), order_of(created, escape(deployment_id)))


def config_record(ws: str, kind: ConfigKind, record_id: str) -> Key:
    """Find one record of the catalogue of configurations."""
    return Key(_in(ws, "M", kind, escape(record_id)), HEAD)


def config_body(ws: str, kind: ConfigKind, record_id: str) -> Key:
    """Find the text of a record, apart from it: the documents of a schema, the content of an instance."""
    return Key(config_record(ws, kind, record_id).pk, "BODY")


def config_directory(ws: str, kind: ConfigKind) -> str:
    """Name the partition that lists all records of a kind by creation."""
    return _in(ws, "X", kind)


def config_entry(ws: str, kind: ConfigKind, created: datetime, record_id: str) -> Key:
    """Find a record in the list."""
    return Key(config_directory(ws, kind), order_of(created, escape(record_id)))


def config_entries_of(directory: str, moment: datetime) -> Query:
    """Find what a list of configurations has of one millisecond."""
    first = order_of(moment)
    return Query(directory, first=first, last=f"{first}-{LAST_SORT_KEY}")


def config_type_slug(ws: str, slug: str) -> Key:
    """Find the config type with this slug: there is one at most."""
    return Key(_in(ws, "MU", "SLUG", escape(slug)), HEAD)


def config_schema_like(ws: str, fingerprint: str) -> Key:
    """Find the config schema that says this and belongs there: there is one at most."""
    return Key(_in(ws, "MU", "SCHEMA", digest(fingerprint)), HEAD)


def config_release_version(ws: str, version: str) -> Key:
    """Find the config release with this version: there is one at most."""
    return Key(_in(ws, "MU", "VERSION", escape(version)), HEAD)


def git_commit_of(ws: str, sha: str, repository_url: str) -> Key:
    """Find the commit of a repository: there is one at most. Hosts do not tell the case of letters apart in a URL."""
    return Key(git_commits_with(ws, sha), digest(repository_url.lower()))


def git_commits_with(ws: str, sha: str) -> str:
    """Name the partition of the commits with a sha, in whatever repository."""
    return _in(ws, "MU", "COMMIT", escape(sha))


# Workflows


def workflow_device(ws: str, device_id: str) -> Key:
    """Find the head of a device that takes workflows."""
    return Key(device_partition(ws, device_id), WORKFLOW_DEVICE_HEAD)


def workflow_device_details(ws: str, device_id: str) -> Key:
    """Find what a device that takes workflows is described by, apart from its head."""
    return Key(device_partition(ws, device_id), f"{WORKFLOW_DEVICE_HEAD}#DETAILS")


def workflow_device_directory(ws: str) -> str:
    """Name the partition that lists all devices that take workflows, by creation."""
    return _in(ws, "X", "WDEV")


def workflow_device_entry(ws: str, created: datetime, device_id: str) -> Key:
    """Find a device that takes workflows in the list."""
    return Key(workflow_device_directory(ws), order_of(created, escape(device_id)))


def workflow_slot(ws: str, device_id: str, workflow_id: str) -> Key:
    """Find the slot of a device for a workflow."""
    return Key(_slot_shard_of(ws, device_id), f"R#{escape(device_id)}#{escape(workflow_id)}")


def workflow_slots_of(ws: str, device_id: str) -> Query:
    """Find all workflow slots of a device."""
    prefix = f"R#{escape(device_id)}#"
    return Query(_slot_shard_of(ws, device_id), first=prefix, last=f"{prefix}{LAST_SORT_KEY}")


def workflow_slot_shards(ws: str) -> tuple[Query, ...]:
    """Find all workflow slots, which are spread by device over SLOT_SHARDS partitions."""
    return tuple(Query(_slot_shard(ws, shard)) for shard in range(SLOT_SHARDS))


def _slot_shard_of(ws: str, device_id: str) -> str:
    return _slot_shard(ws, hashlib.sha256(device_id.encode()).digest()[0] % SLOT_SHARDS)


def _slot_shard(ws: str, shard: int) -> str:
    return _in(ws, "LR", f"{shard:02d}")


def workflow_slot_log(ws: str, slot_id: str) -> Key:
    """Find the log of a workflow slot, and with it whose slot has this id."""
    return Key(_in(ws, "LID", escape(slot_id)), HEAD)


def workflow_ledger(ws: str) -> Key:
    """Find how many operations on workflow slots took hold, and whether one is pending."""
    return Key(_in(ws, "LINT"), HEAD)


def workflow_operation(ws: str, number: int) -> Key:
    """Find an operation on workflow slots that is pending."""
    return Key(_in(ws, "LINT"), f"{number:012d}")


def workflows(ws: str) -> str:
    """Name the partition of all workflows."""
    return _in(ws, "LF")


def workflow(ws: str, workflow_id: str) -> Key:
    """Find a workflow."""
    return Key(workflows(ws), escape(workflow_id))


def workflow_versions(ws: str, workflow_id: str) -> Query:
    """Find all versions of a workflow."""
    return Query(_workflow_partition(ws, workflow_id), first="V#", last=f"V#{LAST_SORT_KEY}")


def workflow_version(ws: str, workflow_id: str, version_id: str) -> Key:
    """Find a version of a workflow by its id."""
    return Key(_workflow_partition(ws, workflow_id), f"V#{escape(version_id)}")


def workflow_version_name(ws: str, workflow_id: str, name: str) -> Key:
    """Find the version of a workflow with this name: there is one at most."""
    return Key(_workflow_partition(ws, workflow_id), f"N#{digest(name)}")


def workflow_bundle(ws: str, workflow_id: str, etag: str) -> Key:
    """Find what a bundle of a workflow asks of the agent that is to run it."""
    return Key(_workflow_partition(ws, workflow_id), f"B#{escape(etag)}")


def _workflow_partition(ws: str, workflow_id: str) -> str:
    return _in(ws, "LF", escape(workflow_id))


def access_keys(ws: str) -> str:
    """Name the partition of all access keys."""
    return _in(ws, "LK")


def access_key(ws: str, key_id: str) -> Key:
    """Find an access key by its id."""
    return Key(access_keys(ws), escape(key_id))


def access_key_pointer(key: str) -> Key:
    """Find whose access key this is, in any workspace."""
    return Key(f"G#LK#{escape(key)}", HEAD)


def application_tokens(ws: str) -> str:
    """Name the partition of all application tokens."""
    return _in(ws, "X", "LTOK")


def application_token(ws: str, token_id: str) -> Key:
    """Find an application token, which names its workspace and its id in clear."""
    return Key(application_tokens(ws), escape(token_id))


# Indexes


def rows_index(ws: str, deployment_id: str, part: int) -> str:
    """Name one of the GSI1 partitions of a deployment's rows."""
    return f"{deployment_partition(ws, deployment_id)}#{part:02d}"


def rows_index_sort(rank: int, device_id: str) -> str:
    """Sort a deployment's rows that have no deadline by status, then device."""
    return f"{rows_index_start(rank)}{escape(device_id)}"


def rows_index_start(rank: int) -> str:
    """Sort before the rows without a deadline of every device with a status of this rank or a higher one."""
    return f"{rank:04d}#"


def deadlines_index_sort(deadline: datetime, device_id: str) -> str:
    """Sort a deployment's rows that have a deadline by that, before all others."""
    return f"{deadlines_index_start(deadline)}{escape(device_id)}"


def deadlines_index_start(moment: datetime) -> str:
    """Sort before the rows of a deployment whose deadline is this moment or a later one."""
    return f"{FIRST_DEADLINE}{order_of(moment)}#"


def due_index(ws: str, identifier: str) -> str:
    """Name the GSI2 partition of a piece of due work."""
    return f"DUE#{hashlib.sha256(f'{ws}/{identifier}'.encode()).digest()[0] % DUE_SHARDS}"


def due_index_sort(when: datetime, kind: str) -> str:
    """Sort due work by time; the sort key names its kind."""
    return f"{order_of(when)}#{kind}"


def due_kind(sort_key: str) -> str:
    """Return the kind of a piece of due work."""
    return sort_key.partition("#")[2]


def due_partitions() -> tuple[str, ...]:
    """Name every GSI2 partition of due work."""
    return tuple(f"DUE#{shard}" for shard in range(DUE_SHARDS))


def order_of(when: datetime, identifier: str = "") -> str:
    """Return the 13-digit milliseconds of a moment, with an id behind it that breaks ties."""
    milliseconds = f"{min(to_milliseconds(when), LAST_MILLISECOND):013d}"
    return f"{milliseconds}-{identifier}" if identifier else milliseconds


def moment_of(order: str) -> datetime:
    """Return the moment that an order begins with."""
    return from_milliseconds(int(order.partition("-")[0]))
