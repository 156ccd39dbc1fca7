"""What has to be told is stored with what it tells of, and delivered at least once, whatever is lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import cast

import pytest

from sluiceway.domain.config_deployment import Activity, ConfigDeployment, Judge, Target, Trouble
from sluiceway.domain.errors import NotFound
from sluiceway.domain.event import KEPT, RETRY_DELAYS, Delivery, Event, EventType
from sluiceway.domain.webhook import Webhook
from sluiceway.domain.workspace_settings import WorkspaceSettings
from sluiceway.storage import keys
from sluiceway.storage.table import Query
from sluiceway.usecases import webhook_deliveries
from sluiceway.usecases.config_deployments import get_config_deployment, judge_config_deployment
from sluiceway.usecases.config_devices import create_config_device, delete_config_device
from sluiceway.usecases.config_releases import set_custom_validation
from sluiceway.usecases.create_config_deployment import NewConfigDeployment, create_config_deployment
from sluiceway.usecases.deliver_event import Attempt, deliver_event
from sluiceway.usecases.idempotency import once_of
from sluiceway.usecases.outbox import load_event, store_event
from sluiceway.usecases.service import Service
from sluiceway.usecases.webhook_deliveries import list_deliveries
from sluiceway.usecases.webhooks import create_webhook, delete_webhook, rotate_secret
from sluiceway.usecases.workspace_settings import change_workspace_settings
from tests.support.app import NOW, Post, RecordedBus, RecordedDeliveries, RecordedPosts
from tests.support.configs import Catalogue
from tests.support.faults import Call, Crash, Fault, Schedule, at_write
from tests.support.ticks import repair_due
from tests.unit.usecases.stores import WORKSPACE, due_marks, make_service, over

URL, OTHER = "https://hooks.example.com/", "https://other.example.com/"
A_MOMENT = timedelta(milliseconds=1)
VALID = Judge(is_valid=True, message="fine")


@dataclass
class Bench:
    """A device and a release whose deployments are validated, with stores and endpoints in memory."""

    service: Service
    posts: RecordedPosts
    bus: RecordedBus
    device: str
    release: str
    instance: str

    @property
    def started(self) -> list[Event]:
        return cast("RecordedDeliveries", self.service.deliveries).started

    def create(self, service: Service | None = None, now: datetime = NOW) -> ConfigDeployment:
        new = NewConfigDeployment(self.device, self.release, Target.STAGED, (self.instance,))
        return create_config_deployment(service or self.service, WORKSPACE, new, now)

    def requested(self) -> Event:
        """Create a deployment, and return the event that asks for a verdict on it."""
        self.create()
        return self.started[-1]

    def attempt(self, event: Event, now: datetime = NOW) -> Event:
        """Do what the execution of this event does next."""
        return deliver_event(self.service, Attempt(event.workspace, event.order, event.generation, event.attempts), now)

    def stored(self, event: Event) -> Event:
        return load_event(self.service, event.workspace, event.order)

    def outbox(self) -> int:
        return len(self.service.table.query(Query(keys.event(WORKSPACE, keys.order_of(NOW, "any")).pk)).records)

    def sent(self) -> list[Post]:
        """What was sent since this was last asked."""
        sent, self.posts.sent[:] = list(self.posts.sent), []
        return sent


@pytest.fixture(name="bench")
def _bench() -> Bench:
    posts, bus = RecordedPosts(), RecordedBus()
    service = replace(make_service(), webhook_sender=lambda: posts, event_bus=lambda: bus)
    configs = Catalogue(service)
    schema = configs.schema()
    release = configs.release(schema).id
    set_custom_validation(service, WORKSPACE, release, NOW, custom=True)
    device = create_config_device(service, WORKSPACE, "cart-7", NOW).id
    return Bench(service, posts, bus, device, release, configs.instance(of=schema).id)


def before_write(number: int, turn: Callable[[], object]) -> Schedule:
    """Let somebody else have their whole turn just before the write of that number, counted from 0."""
    numbers = count()

    def run(call: Call) -> Fault | None:
        if call.changes_something and next(numbers) == number:
            turn()
        return None

    return run


def listen(bench: Bench, url: str = URL) -> Webhook:
    return create_webhook(bench.service, WORKSPACE, url, NOW)


# Storing


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
def test_a_deployment_and_its_event_are_stored_together_or_not_at_all(bench: Bench, fault: Fault) -> None:
    with pytest.raises(Crash):
        bench.create(over(bench.service, at_write(0, fault)))
    deployments = bench.service.table.query(Query(keys.config_deployment_directory(WORKSPACE))).records
    assert len(deployments) == bench.outbox() == (fault is Fault.CRASH_AFTER)


def test_a_deployment_that_nobody_validates_tells_nothing(bench: Bench) -> None:
    set_custom_validation(bench.service, WORKSPACE, bench.release, NOW, custom=False)
    assert bench.create().activity is Activity.STAGED
    assert (bench.started, bench.outbox()) == ([], 0)


def test_a_creation_that_is_sent_again_tells_nothing_again(bench: Bench) -> None:
    new = NewConfigDeployment(bench.device, bench.release, Target.STAGED, (bench.instance,))
    once = once_of(WORKSPACE, ["key", "/deployments", "1"], b"{}")
    first, again = (create_config_deployment(bench.service, WORKSPACE, new, NOW, once=once) for _ in range(2))
    assert first.id == again.id
    assert (len(bench.started), bench.outbox()) == (1, 1)


def test_of_two_equal_creations_at_once_one_tells(bench: Bench) -> None:
    new = NewConfigDeployment(bench.device, bench.release, Target.STAGED, (bench.instance,))
    once = once_of(WORKSPACE, ["key", "/deployments", "1"], b"{}")
    made: list[ConfigDeployment] = []
    schedule = before_write(
        0, lambda: made.append(create_config_deployment(bench.service, WORKSPACE, new, NOW, once=once))
    )
    late = create_config_deployment(over(bench.service, schedule), WORKSPACE, new, NOW, once=once)
    assert [each.id for each in made] == [late.id]
    assert (len(bench.started), bench.outbox()) == (1, 1)


def test_an_event_is_forgotten_after_30_days(bench: Bench) -> None:
    event = bench.requested()
    stored = bench.service.table.get(keys.event(WORKSPACE, event.order))
    assert stored is not None
    assert stored["ttl"] == int((NOW + timedelta(days=30)).timestamp())


# Delivering


def test_every_endpoint_is_told_with_proof_of_its_own(bench: Bench) -> None:
    endpoints = {each.url: each for each in (listen(bench), listen(bench, OTHER))}
    event = bench.requested()
    assert bench.attempt(event).delivery is Delivery.DONE
    sent = {post.url: post for post in bench.sent()}
    body = event.body.encode()
    assert set(sent) == set(endpoints)
    for url, post in sent.items():
        assert (post.body, post.headers) == (body, endpoints[url].headers_of(event.id, body, NOW))
    assert due_marks(bench.service) == []


def test_the_next_attempt_tells_only_who_has_not_taken_it_with_the_same_id_and_a_new_time(bench: Bench) -> None:
    listen(bench)
    failing = listen(bench, OTHER)
    bench.posts.problems[OTHER] = "answered 500"
    event = bench.requested()
    first = bench.attempt(event)
    assert (first.delivery, first.problems) == (Delivery.PENDING, {failing.id: "answered 500"})
    assert first.next_attempt == NOW + RETRY_DELAYS[0]
    bench.sent()
    bench.posts.problems.clear()
    later = NOW + RETRY_DELAYS[0]
    assert bench.attempt(first, later).delivery is Delivery.DONE
    (post,) = bench.sent()
    assert (post.url, post.body) == (OTHER, event.body.encode())
    assert post.headers == failing.headers_of(event.id, post.body, later)


def test_secrets_that_are_exchanged_meanwhile_sign_the_next_attempt(bench: Bench) -> None:
    failing = listen(bench)
    bench.posts.problems[URL] = "answered 500"
    first = bench.attempt(bench.requested())
    rotated = rotate_secret(bench.service, WORKSPACE, failing.id, timedelta(days=1), NOW)
    bench.sent()
    bench.attempt(first)
    (post,) = bench.sent()
    assert post.headers == rotated.headers_of(first.id, post.body, NOW)
    assert len(post.headers["webhook-signature"].split(" ")) == 2


def test_an_endpoint_that_was_removed_meanwhile_is_not_waited_for(bench: Bench) -> None:
    failing = listen(bench)
    bench.posts.problems[URL] = "answered 500"
    first = bench.attempt(bench.requested())
    delete_webhook(bench.service, WORKSPACE, failing.id)
    bench.sent()
    assert bench.attempt(first).delivery is Delivery.DONE
    assert bench.sent() == []


def test_an_endpoint_that_takes_the_place_of_another_is_told_in_the_next_attempt(bench: Bench) -> None:
    failing = listen(bench)
    bench.posts.problems[URL] = "answered 500"
    first = bench.attempt(bench.requested())
    delete_webhook(bench.service, WORKSPACE, failing.id)
    listen(bench, OTHER)
    bench.sent()
    assert bench.attempt(first).delivery is Delivery.DONE
    assert [post.url for post in bench.sent()] == [OTHER]


def test_nobody_is_told_of_a_deployment_whose_verdict_has_come(bench: Bench) -> None:
    listen(bench)
    event = bench.requested()
    judge_config_deployment(bench.service, WORKSPACE, event.subject, VALID, NOW)
    assert bench.attempt(event).delivery is Delivery.DONE
    assert bench.sent() == []


def test_nobody_is_told_of_a_deployment_whose_device_is_gone(bench: Bench) -> None:
    listen(bench)
    event = bench.requested()
    delete_config_device(bench.service, WORKSPACE, bench.device, NOW)
    assert bench.attempt(event).delivery is Delivery.DONE
    assert bench.sent() == []


def test_an_attempt_that_was_made_is_not_made_again(bench: Bench) -> None:
    """The machine repeats a task whose answer it did not get."""
    listen(bench)
    bench.posts.problems[URL] = "answered 500"
    event = bench.requested()
    first = bench.attempt(event)
    bench.sent()
    again = bench.attempt(event)
    assert (again.attempts, again.next_attempt) == (1, first.next_attempt)
    assert bench.sent() == []


def test_an_attempt_that_two_make_at_once_counts_once(bench: Bench) -> None:
    listen(bench)
    bench.posts.problems[URL] = "answered 500"
    event = bench.requested()
    slower = over(bench.service, before_write(0, lambda: bench.attempt(event)))
    assert deliver_event(slower, Attempt(WORKSPACE, event.order, 0, 0), NOW).attempts == 1
    assert bench.stored(event).attempts == 1
    assert len(bench.sent()) == 2


def test_an_attempt_whose_result_was_lost_is_made_again(bench: Bench) -> None:
    listen(bench)
    event = bench.requested()
    dying = over(bench.service, at_write(0, Fault.CRASH_BEFORE))
    with pytest.raises(Crash):
        deliver_event(dying, Attempt(WORKSPACE, event.order, 0, 0), NOW)
    assert bench.attempt(event).delivery is Delivery.DONE
    assert len(bench.sent()) == 2


def test_what_no_attempt_could_deliver_has_failed_and_is_due_no_more(bench: Bench) -> None:
    listen(bench)
    bench.posts.problems[URL] = "answered 500"
    event = bench.requested()
    for _ in range(len(RETRY_DELAYS) + 1):
        event = bench.attempt(event)
    assert bench.stored(event).delivery is Delivery.FAILED
    assert due_marks(bench.service) == []
    assert len(bench.sent()) == 8


# The event bus of the account


def happened(bench: Bench) -> Event:
    """Store an event of a rollout, and return it."""
    order = keys.order_of(NOW, "msg_9")
    bench.service.table.write(
        store_event(Event(WORKSPACE, "msg_9", order, EventType.DEPLOYMENT_FINISHED, "d-1", "{}"), NOW)
    )
    return load_event(bench.service, WORKSPACE, order)


def test_what_happens_to_a_rollout_is_told_to_webhooks_and_to_the_bus(bench: Bench) -> None:
    listen(bench)
    event = happened(bench)
    done = bench.attempt(event)
    assert (done.delivery, [post.body for post in bench.sent()]) == (Delivery.DONE, [b"{}"])
    assert bench.bus.events == [event]


def test_a_bus_that_does_not_take_an_event_is_tried_again_and_alone(bench: Bench) -> None:
    listen(bench)
    bench.bus.problem = "no answer"
    first = bench.attempt(happened(bench))
    assert (first.delivery, first.problems) == (Delivery.PENDING, {"event-bus": "no answer"})
    bench.sent()
    bench.bus.problem = ""
    assert bench.attempt(first).delivery is Delivery.DONE
    assert (bench.sent(), len(bench.bus.events)) == ([], 2)


def test_a_bus_that_took_an_event_is_not_told_again_while_a_webhook_fails(bench: Bench) -> None:
    listen(bench)
    bench.posts.problems[URL] = "answered 500"
    first = bench.attempt(happened(bench))
    assert bench.attempt(first).delivery is Delivery.PENDING
    assert len(bench.bus.events) == 1


def test_what_asks_for_a_verdict_is_not_for_the_bus(bench: Bench) -> None:
    listen(bench)
    assert bench.attempt(bench.requested()).delivery is Delivery.DONE
    assert bench.bus.events == []


# What the tick makes good


def test_a_start_that_was_lost_is_made_good_by_the_tick(bench: Bench) -> None:
    listen(bench)
    event = bench.requested()
    assert repair_due(bench.service, NOW + timedelta(minutes=2)) == 0
    assert repair_due(bench.service, NOW + timedelta(minutes=2) + A_MOMENT) == 1
    replaced = bench.started[-1]
    assert (replaced.id, replaced.generation) == (event.id, 1)
    assert bench.attempt(event).delivery is Delivery.PENDING
    assert bench.sent() == []
    assert bench.attempt(replaced).delivery is Delivery.DONE
    assert len(bench.sent()) == 1


def test_an_execution_that_was_lost_while_it_waited_is_replaced_after_its_time(bench: Bench) -> None:
    listen(bench)
    bench.posts.problems[URL] = "answered 500"
    waiting = bench.attempt(bench.requested())
    assert waiting.next_attempt is not None
    missed = waiting.next_attempt + timedelta(minutes=2)
    assert repair_due(bench.service, missed) == 0
    assert repair_due(bench.service, missed + A_MOMENT) == 1
    assert (bench.started[-1].attempts, bench.started[-1].generation) == (1, 1)


def test_a_replacement_that_was_lost_too_is_replaced(bench: Bench) -> None:
    event = bench.requested()
    for minutes in (3, 6, 9):
        assert repair_due(bench.service, NOW + timedelta(minutes=minutes)) == 1
    assert [each.generation for each in bench.started] == [0, 1, 2, 3]
    assert bench.stored(event).generation == 3


def test_an_event_that_is_delivered_while_the_tick_looks_at_it_is_left_alone(bench: Bench) -> None:
    """The first write of the tick takes the mark, the second is the next generation."""
    event = bench.requested()
    ticking = over(bench.service, before_write(1, lambda: bench.attempt(event)))
    assert repair_due(ticking, NOW + timedelta(minutes=3)) == 1
    assert bench.started == [event]
    assert (bench.stored(event).delivery, due_marks(bench.service)) == (Delivery.DONE, [])


def test_an_event_that_was_delivered_is_left_alone(bench: Bench) -> None:
    bench.attempt(bench.requested())
    assert repair_due(bench.service, NOW + timedelta(days=1)) == 0


# The time that a verdict has


# Looking at deliveries


def deliveries(bench: Bench, webhook: Webhook, now: datetime = NOW) -> list[tuple[str, Delivery, str]]:
    found = list_deliveries(bench.service, WORKSPACE, webhook.id, now)
    return [(each.event.subject, each.delivery, each.problem) for each in found]


def test_each_endpoint_shows_what_it_was_told_newest_first(bench: Bench) -> None:
    taker, other = listen(bench), listen(bench, OTHER)
    bench.posts.problems[OTHER] = "it answered 500"
    moments = [NOW, NOW + A_MOMENT, NOW + timedelta(days=2)]
    made = []
    for moment in moments:
        made.append(bench.create(now=moment).id)
        if moment < moments[2]:
            bench.attempt(bench.started[-1])
    first, second, third = made
    done, pending = Delivery.DONE, Delivery.PENDING
    assert deliveries(bench, taker, moments[2]) == [(third, pending, ""), (second, done, ""), (first, done, "")]
    refused = "it answered 500"
    assert deliveries(bench, other, moments[2]) == [
        (third, pending, ""),
        (second, pending, refused),
        (first, pending, refused),
    ]
    late = listen(bench, URL)
    delete_webhook(bench.service, WORKSPACE, late.id)
    with pytest.raises(NotFound):
        deliveries(bench, late)


def test_what_is_shown_is_bounded_by_number_and_by_age(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    endpoint = listen(bench)
    made = [bench.create(now=NOW + timedelta(hours=hours)).id for hours in (0, 1, 30)]
    later = NOW + KEPT
    assert [each for each, _, _ in deliveries(bench, endpoint, later)] == [made[2], made[1]]
    monkeypatch.setattr(webhook_deliveries, "MOST_EVENTS", 2)
    assert [each for each, _, _ in deliveries(bench, endpoint, NOW + timedelta(hours=30))] == [made[2], made[1]]


def with_timeout(bench: Bench, seconds: int) -> None:
    settings = WorkspaceSettings(validation_timeout=timedelta(seconds=seconds))
    change_workspace_settings(bench.service, WORKSPACE, lambda _: settings)


def test_without_a_timeout_a_deployment_waits_for_its_verdict(bench: Bench) -> None:
    event = bench.requested()
    bench.attempt(event)
    repair_due(bench.service, NOW + timedelta(days=365))
    assert get_config_deployment(bench.service, WORKSPACE, event.subject).activity is Activity.VALIDATING


def test_a_deployment_without_a_verdict_in_time_is_void(bench: Bench) -> None:
    with_timeout(bench, 600)
    event = bench.requested()
    bench.attempt(event)
    repair_due(bench.service, NOW + timedelta(seconds=600))
    assert get_config_deployment(bench.service, WORKSPACE, event.subject).activity is Activity.VALIDATING
    assert repair_due(bench.service, NOW + timedelta(seconds=600) + A_MOMENT) == 1
    over_time = get_config_deployment(bench.service, WORKSPACE, event.subject)
    assert (over_time.target, over_time.activity) == (Target.ARCHIVED, Activity.ARCHIVED)
    assert over_time.error is Trouble.NONE
    assert over_time.message.startswith("No verdict came")
    assert due_marks(bench.service) == []


def test_a_verdict_after_its_time_and_before_the_tick_is_void_too(bench: Bench) -> None:
    with_timeout(bench, 600)
    event = bench.requested()
    late = NOW + timedelta(seconds=600)
    effect, judged = judge_config_deployment(bench.service, WORKSPACE, event.subject, VALID, late)
    assert (effect, judged.activity) == ("void", Activity.ARCHIVED)


def test_a_verdict_in_time_clears_the_mark(bench: Bench) -> None:
    with_timeout(bench, 600)
    event = bench.requested()
    bench.attempt(event)
    effect, _ = judge_config_deployment(bench.service, WORKSPACE, event.subject, VALID, NOW)
    assert effect == "stage"
    assert due_marks(bench.service) == []


def test_a_change_of_the_timeout_holds_for_deployments_that_are_made_after_it(bench: Bench) -> None:
    before = bench.requested()
    bench.attempt(before)
    with_timeout(bench, 1)
    assert repair_due(bench.service, NOW + timedelta(days=1)) == 0


def test_the_list_of_deployments_is_never_due(bench: Bench) -> None:
    with_timeout(bench, 600)
    bench.requested()
    (entry,) = bench.service.table.query(Query(keys.config_deployment_directory(WORKSPACE))).records
    assert not {"G2PK", "G2SK"} & set(entry.item)
