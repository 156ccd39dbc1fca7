from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from sluiceway.domain.errors import Invalid, NotFound, TooManySecrets, TooManyWebhooks
from sluiceway.domain.webhook import MOST_SECRETS, MOST_WEBHOOKS, Webhook
from sluiceway.usecases.service import Service
from sluiceway.usecases.webhooks import create_webhook, delete_webhook, list_webhooks, load_webhook, rotate_secret
from tests.support.app import NOW
from tests.unit.usecases.stores import WORKSPACE, before_call, make_service, over

URL = "https://hooks.example.com/"
DAY = timedelta(days=1)


@pytest.fixture(name="service")
def _service() -> Service:
    return make_service()


@pytest.fixture(name="webhook")
def _webhook(service: Service) -> Webhook:
    return create_webhook(service, WORKSPACE, URL, NOW)


def texts(webhook: Webhook) -> list[str]:
    return [secret.text for secret in webhook.secrets]


def test_an_endpoint_is_listed_until_it_is_deleted(service: Service, webhook: Webhook) -> None:
    assert [each.id for each in list_webhooks(service, WORKSPACE)] == [webhook.id]
    delete_webhook(service, WORKSPACE, webhook.id)
    assert list_webhooks(service, WORKSPACE) == []
    with pytest.raises(NotFound):
        delete_webhook(service, WORKSPACE, webhook.id)


def test_the_local_cloud_sends_events_without_tls_too(service: Service) -> None:
    url = "http://127.0.0.1:9000/hook"
    assert create_webhook(replace(service, reaches_loopback=True), WORKSPACE, url, NOW).url == url
    with pytest.raises(Invalid, match="over TLS only"):
        create_webhook(service, WORKSPACE, url, NOW)


def test_endpoints_are_listed_oldest_first(service: Service) -> None:
    made = [create_webhook(service, WORKSPACE, URL, NOW - DAY * age).id for age in range(3)]
    assert [each.id for each in list_webhooks(service, WORKSPACE)] == made[::-1]


def test_endpoints_of_another_workspace_do_not_exist(service: Service, webhook: Webhook) -> None:
    assert list_webhooks(service, "w2") == []
    with pytest.raises(NotFound):
        load_webhook(service, "w2", webhook.id)
    with pytest.raises(NotFound):
        rotate_secret(service, "w2", webhook.id, DAY, NOW)
    with pytest.raises(NotFound):
        delete_webhook(service, "w2", webhook.id)
    assert texts(load_webhook(service, WORKSPACE, webhook.id)) == texts(webhook)


def test_each_secret_is_another(service: Service) -> None:
    made = [create_webhook(service, WORKSPACE, URL, NOW).secrets[0].text for _ in range(10)]
    assert len(set(made)) == 10
    assert all(text.startswith("whsec_") for text in made)


def test_an_address_that_cannot_be_one_is_not_stored(service: Service) -> None:
    with pytest.raises(Invalid):
        create_webhook(service, WORKSPACE, "http://hooks.example.com/", NOW)
    assert list_webhooks(service, WORKSPACE) == []


def test_a_rotation_keeps_the_former_secret_beside_the_new_one(service: Service, webhook: Webhook) -> None:
    rotated = rotate_secret(service, WORKSPACE, webhook.id, DAY, NOW)
    assert texts(rotated)[1:] == texts(webhook)
    assert texts(load_webhook(service, WORKSPACE, webhook.id)) == texts(rotated)


def test_two_rotations_at_once_lose_no_secret(service: Service, webhook: Webhook) -> None:
    other = before_call(1, lambda: rotate_secret(service, WORKSPACE, webhook.id, DAY, NOW))
    rotated = rotate_secret(over(service, other), WORKSPACE, webhook.id, DAY, NOW)
    assert len(texts(rotated)) == 3
    assert texts(load_webhook(service, WORKSPACE, webhook.id)) == texts(rotated)


def test_a_rotation_does_not_bring_a_deleted_endpoint_back(service: Service, webhook: Webhook) -> None:
    deletion = before_call(1, lambda: delete_webhook(service, WORKSPACE, webhook.id))
    with pytest.raises(NotFound):
        rotate_secret(over(service, deletion), WORKSPACE, webhook.id, DAY, NOW)
    assert list_webhooks(service, WORKSPACE) == []


def test_of_two_deletions_at_once_one_finds_nothing(service: Service, webhook: Webhook) -> None:
    other = before_call(1, lambda: delete_webhook(service, WORKSPACE, webhook.id))
    with pytest.raises(NotFound):
        delete_webhook(over(service, other), WORKSPACE, webhook.id)


def test_too_many_secrets_change_nothing(service: Service, webhook: Webhook) -> None:
    for _ in range(MOST_SECRETS - 1):
        kept = rotate_secret(service, WORKSPACE, webhook.id, DAY, NOW)
    with pytest.raises(TooManySecrets):
        rotate_secret(service, WORKSPACE, webhook.id, DAY, NOW)
    assert texts(load_webhook(service, WORKSPACE, webhook.id)) == texts(kept)


def test_a_workspace_has_twenty_endpoints_at_most_also_when_two_are_added_at_once(service: Service) -> None:
    for _ in range(MOST_WEBHOOKS - 1):
        create_webhook(service, WORKSPACE, URL, NOW)
    other = before_call(2, lambda: create_webhook(service, WORKSPACE, URL, NOW))
    with pytest.raises(TooManyWebhooks, match="at most 20"):
        create_webhook(over(service, other), WORKSPACE, URL, NOW)
    assert len(list_webhooks(service, WORKSPACE)) == MOST_WEBHOOKS
