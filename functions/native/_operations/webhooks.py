"""Where the events of a workspace are sent."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field
from typing_extensions import TypedDict

from native._operations.common import (
    CONFLICT,
    MALFORMED,
    NO_CONTENT,
    NOT_FOUND,
    NOT_STORED,
    MaybeTime,
    Paging,
    Time,
    answers,
    answers_new,
    answers_page,
)
from native._operations.history import DeploymentEventType
from native._wire_webhooks import NewWebhookBody, RotationBody
from sluiceway.http.openapi import Answer, Operation, content_json


class NewWebhook(NewWebhookBody):
    """Where to send events to, over TLS."""

    url: Annotated[
        str, Field(max_length=2048, pattern=r"^https://[a-z0-9.-]*[a-z0-9](:[1-9][0-9]{0,3})?(/[!$-;=?-Z_a-z~]*)?$")
    ]


class Rotation(RotationBody):
    """For how long former secrets stay good: a day unless told otherwise, 0 to end them at once."""


class Webhook(TypedDict):
    """An endpoint, without its secrets."""

    id: Annotated[str, Field(pattern="^webhook_")]
    url: str
    created_at: Time
    former_secrets_valid_until: Annotated[MaybeTime, Field(description="null when only the newest is good.")]


class WebhookWithSecret(Webhook):
    """An endpoint and its newest secret, which nobody can read again."""

    secret: Annotated[str, Field(pattern="^whsec_")]


class WebhookDelivery(TypedDict):
    """What became of telling one endpoint of one event of the last 30 days."""

    event_id: Annotated[str, Field(pattern="^msg_", description="What the endpoint gets as `webhook-id`.")]
    event_type: Literal["deployment.validate"] | DeploymentEventType
    deployment_id: Annotated[str, Field(description="What the event is about.")]
    created_at: Time
    status: Annotated[
        Literal["pending", "delivered", "failed"],
        Field(description="`failed` when no attempt is left; its state machine shows it as well."),
    ]
    problem: Annotated[str | None, Field(description="Why the endpoint did not take it in the last attempt.")]
    attempts: Annotated[int, Field(ge=0, description="How often whoever had not taken the event was told.")]
    next_attempt_at: Annotated[MaybeTime, Field(description="null for at once, and when there is none.")]


OPERATIONS = {
    "webhooks.create_webhook": Operation(
        body=content_json(NewWebhook), answers=answers_new(WebhookWithSecret, "webhooks"), refusals=(CONFLICT,)
    ),
    "webhooks.list_webhooks": Operation(query=Paging, answers=answers_page(Webhook), refusals=(MALFORMED,)),
    "webhooks.get_webhook": Operation(answers=answers(Webhook), refusals=(NOT_FOUND,)),
    "webhooks.delete_webhook": Operation(answers={204: NO_CONTENT}, refusals=(NOT_FOUND,)),
    "webhooks.list_deliveries": Operation(
        query=Paging, answers=answers_page(WebhookDelivery), refusals=(MALFORMED, NOT_FOUND)
    ),
    "webhooks.rotate_secret": Operation(
        body=content_json(Rotation),
        body_required=False,
        answers={200: Answer(content_json(WebhookWithSecret), NOT_STORED)},
        refusals=(NOT_FOUND, CONFLICT),
    ),
}
