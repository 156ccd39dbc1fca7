"""Every function without a path: what invokes it and what it may touch. Standard library only."""

from sluiceway.http.routes import Access, Size, Task, Trigger

_UPLOADS = frozenset(
    {Access.TABLE_READ, Access.TABLE_WRITE, Access.INCOMING_READ, Access.INCOMING_DELETE, Access.BUCKET_LIST}
)

TASKS = (
    Task("create_workspace", Trigger.OPERATOR, frozenset({Access.TABLE_READ, Access.TABLE_WRITE, Access.SIGNING_KEY})),
    Task("create_api_key", Trigger.OPERATOR, frozenset({Access.TABLE_READ, Access.TABLE_WRITE})),
    Task("create_application_token", Trigger.OPERATOR, frozenset({Access.TABLE_READ, Access.TABLE_WRITE})),
    Task("check_retry", Trigger.STATE_MACHINE, frozenset({Access.TABLE_READ})),
    Task(
        "advance_rollout",
        Trigger.STATE_MACHINE,
        frozenset(
            {Access.TABLE_READ, Access.INDEX_READ, Access.TABLE_WRITE, Access.START_ROLLOUT, Access.WAKE_ROLLOUT}
            | {Access.START_DELIVERY, Access.READ_ALARMS}
        ),
        Size(memory=512, timeout=300),  # ends the parts of all who kept silent, fences up to 256 shards, or pushes
    ),
    Task("begin_wait", Trigger.STATE_MACHINE, frozenset({Access.TABLE_READ, Access.TABLE_WRITE, Access.WAKE_ROLLOUT})),
    Task(
        "verify_upload",
        Trigger.STATE_MACHINE,
        _UPLOADS | {Access.ARTIFACTS_WRITE, Access.ARTIFACTS_DELETE},
        Size(memory=1769, timeout=900),  # reads, unpacks and hashes up to 10 GiB
    ),
    Task(
        "deliver_event",
        Trigger.STATE_MACHINE,
        frozenset({Access.TABLE_READ, Access.TABLE_WRITE, Access.PUT_EVENTS}),
        Size(memory=512, timeout=60),  # tells every endpoint, side by side, however slowly they answer
    ),
    Task("abort_upload", Trigger.STATE_MACHINE, _UPLOADS),
    Task(
        "repair_due",
        Trigger.EVERY_MINUTE,
        _UPLOADS
        | {Access.INDEX_READ, Access.START_ROLLOUT, Access.START_VERIFICATION, Access.START_DELIVERY}
        | {Access.ARTIFACTS_READ, Access.ARTIFACTS_DELETE},
        Size(memory=1769, timeout=900),  # writes the rows of a long list of devices
    ),
)
