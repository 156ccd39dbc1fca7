"""Where everything but artifact bytes is kept: one DynamoDB table behind the `Table` protocol of `table.py`.

`keys.py` has every key, a module per entity has its stored form (`*_items.py`), `commit.py` the one loop for lost
races; `dynamo.py` and `memory.py` are the tables. Reads are strongly consistent except those of an index.

What is kept where: `D` stands for a device's partition, `P` for a deployment's.

    D   S              head of a device: status, token epoch, `done` and `floor` marks, membership of the fleet
    D   A#<key>        its auth sets
    D   R#<order>      its rows, one per deployment; listed by status under the deployment in GSI1
    D   MK             head of a device that takes configuration, with its slot: the one deployment that it is to have
    D   ML#<id>        its config deployments, directly behind that head while anything can become of them
    D   MA#<id>        those of which nothing can
    D   MI#<id>        marks of the config instances that it may read for ever
    D   M#KEY          its public key
    P   #              head of a deployment
    P   C#000…         its counter shards
    P   T, T#0000…     the ids of a fixed list of devices
    P   PLAN           its plan, and how far that has come; due while its execution has something to do
    P   PLAN#TASK      the token by which that execution is woken
    SEQ                the order of the newest deployment; how many devices were removed, which a new cut checks
    BOARD              active deployments to all devices, a group or a filter, read by every poll
    ART, REL, AP       artifacts by name, releases, artifacts by id
    UP                 direct uploads, for a week
    TAGS, TYPES        how many releases have each tag, and the types of payloads ever seen
    X#DEV, X#DEP, …    directories: what lists read, so that a list right after a write is right
    X#FILTER           saved filters
    FLEET              numbered joins and leaves of accepted devices; a mark for each removed device, with the cuts
                       it is a target of
    GRPS, GRP#<name>   the same numbers for each group, and who is in it
    INV#00…            what devices and operators say of each device; the list of devices has the rest
    M#<kind>#<id>      a config type, schema, release, instance or git commit; its text, if it has one, is apart
    MU#…               what is unique of them: slugs, versions, commits, equal schemas
    IDEM#…             what a request with an idempotency key made, for a day
    U#<id>             a user, their personal tokens by name, their settings
    X#KEY              API keys, of which only hashes are kept
    HOOK               webhook endpoints, with the secrets that events are signed with
    EVT#<day>          the outbox: events with what became of their delivery, for 30 days
    LR#00…             workflow slots, one for each device and workflow, as lean as they can be: every list reads them
    LID#<id>           the log of a slot, and with it whose slot has this id
    LINT               how many operations on slots took hold, and the one that is still being applied
    LF, LF#<id>        workflows; their versions by id and by name, whose bundles are in the bucket
    LK, X#LTOK         access keys of devices and tokens of programs, of which only hashes are kept
    NONCE#<device>     what may be shown once, until nobody would take it any more
    G#DVC, G#KID       whose a device that takes configuration is, by its id and by the fingerprint of its key
    GSI2               work that somebody must pick up when the process that began it dies

What a call costs at most; tests count it. One read unit is 4 KB, one write unit 1 KB, twice that in a transaction.

    call                             calls                                          read   write
    device poll, nothing to do       2 queries side by side                         2      0
    device poll, no filter met       + heads of their deployments, inventory        3+     0
    device poll, offered again       + heads, artifacts of the release              4      0
    device poll, first offer         + one transaction of row and shard             5      6, 8 if it ends there
    the same by a filter             identity beside other attributes costs 1 more  5, 6   6, 8
    the same under a pace or a cap   head and counters in 1 query; by a filter + 1  5      6, 8
    device poll, held back by those  2 queries side by side, 1 of head and counters 3, 4   0
    status report                    1 query, 1 transaction                         1      6, 8 when final
    the same report again            1 query, 1 head                                2      0
    either again under a deadline,   + one transaction of row and shard; of the     4, 1   6
    once in a tenth of it            report 1 query, 1 transaction
    control map, by the device       1 query, 1 head                                2      0
    control map, changed             1 query, 1 write                               1+     1
    create a deployment, rows aside  1 batch, 2 queries without a list, 1 transaction  5   18
    create one by a filter           a search beside that                           6+     18
    abort                            2 queries, 2 writes, 1 write per shard         2+     12, and 1 per shard
    the same with 4 shards or fewer  2 queries, 1 transaction                       2      8, and 2 per shard
    pause, resume, approve, next     1 query, 1 write                               1+     1
    change the phases of a plan      1 query, 1 transaction                         1+     6
    a look of a rollout              2 gets, 1 batch, 1 query, 2 queries of each    4+     3, more as it decides
                                     part of its index, 1 write
    one deployment, its statistics   1 query                                        1+     0
    a page of a device's history     2 queries, 1 get, 1 to 5 batches, 1 query of   4+     0
                                     the release of each deployment that runs
    delete a device's history        1 get, 1 query, 1 transaction for 50 rows      2+     3 a row, and 2
    start over after that            2 queries, 1 batch, 1 query, 1 transaction,    8      13
                                     then a first offer
    take a device out of everything  1 get, 2 queries; 1 batch, 1 transaction and   3+     6 for each part
                                     1 query for each part
    artifact by id                   2 gets                                         2      0
    upload an artifact               2 batches, 1 transaction                       6      6, 8 for a new type
    invite a direct upload           1 write                                        0      2
    complete a direct upload         1 get, 1 write                                 1      3, 1 if at once
    verify a direct upload           3 gets, 2 batches, 1 transaction               9      9, 11 for a new type
    a page of releases               1 query of releases, 1 over their names        all    0
    tag a release                    2 gets, 1 transaction                          2      4
    accept a device                  3 reads, 1 transaction                         4      16
    move a device to a group         3 reads, 1 transaction                         4      12
    remove a device, parts aside     3 reads, 1 transaction, 1 write for each key   4      20+
    list devices of the inventory    1 query, 2 batches                             of the page
    search the inventory             17 queries, 1 batch                            2 KB a device; 50,000 at most
    make a config type or commit     1 get, 1 transaction                           1      6
    make a config schema             3 gets, 1 transaction                          3      12
    make a config release            schemas in one batch, 2 reads, 1 transaction   2+     6
    make a config instance           2 batches, 1 transaction                       2      6, more with its content
    a page of configurations         1 query of their list, 1 batch                 250 B of each up to its end, or of
                                                                                    all by a filter; and the page
    stage a config deployment        2 batches, 2 queries, 1 transaction            4+     10, 2 for each instance
    deploy a config deployment       1 get, 1 query, 1 transaction                  2      6, 12 if it supersedes
    a page of config deployments     1 query, 2 batches, 1 or 2 for each expansion  250 B of each, and the page
    the same, by id or device        3 batches, or 2 queries a device, for the one  of theirs, and the page
    content of an instance           1 get                                          of its size  0
    sync of configuration            1 query; what is listed in 2 batches           1+     0
    the same, first hand-over        + 1 transaction                                1+     4, and 2 a file
    content, by the device           1 query, 1 batch                               3+     0
    report of a config deployment    1 query, 1 transaction                         1      4 to 8
    the same report again            1 query, 1 get if it is over                   1, 2   0
    a call of such a device          once in 45 seconds 1 write                     0      1
    a token for such a device        1 get, 1 batch, 1 write                        4      1
    activate such a device           1 batch, 1 query, 1 transaction                4+     8, 10 with another key
    poll of workflows, nothing new   1 batch, 1 query                               4      0
    the same, something new          + 1 batch of workflows and versions            2+     0
    link to a workflow, by a device  1 batch, 1 query                               4      0
    a call of such a device          once in two minutes 1 write                    0      1
    report of workflows              1 batch, 1 query, 1 batch, 1 transaction       5      4 a workflow
    the same report again            1 batch, 1 query                               4      0
    log in to run workflows          1 get, 1 batch                                 4      0
    list of workflow slots           2 gets, 16 queries, 1 batch                    all slots, and of the page
    release to few devices           1 get, 4 batches, 1 transaction                4+     2, and 4 a device
    remove or replace                1 get, 16 queries (1 for a device), 2 batches, all slots, and of what changes
                                     1 transaction                                         2, and 4 a slot
    release to 1,000 devices         + 2 and 1 for every 45 devices                 2 a device  8, and 4 a device
    an application                   1 get, 1 query for each count that is asked    1+     0
    a page of devices, flows, …      1 query of their list                          all    0
    any call with such a token       + 1 get                                        1      0
    any management call              + token and user in one batch                  2      0
    any call with an API key         + 1 get; once a day and key 1 write            1      0, 1
"""
