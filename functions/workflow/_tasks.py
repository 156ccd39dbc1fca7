"""Every function without a path: what invokes it and what it may touch. Standard library only."""

from sluiceway.http.routes import Access, Size, Task, Trigger

TASKS = (
    Task("create_workspace", Trigger.OPERATOR, frozenset({Access.TABLE_READ, Access.TABLE_WRITE, Access.SIGNING_KEY})),
    Task("check_retry", Trigger.STATE_MACHINE, frozenset({Access.TABLE_READ})),
    Task(
        "repair_due",
        Trigger.EVERY_MINUTE,
        frozenset({Access.TABLE_READ, Access.INDEX_READ, Access.TABLE_WRITE}),
        Size(memory=1769, timeout=900),  # writes the rows of a long list of devices
    ),
)
