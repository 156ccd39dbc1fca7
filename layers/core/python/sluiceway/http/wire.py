"""What wire models share: strict JSON types, errors that name the member, unknown ones ignored; times, device ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, ClassVar, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sluiceway.domain.errors import InvalidMembers
from sluiceway.domain.identifiers import MOST_ID_BYTES, is_possible_id
from sluiceway.http.json_body import exact_json_value, json_value
from sluiceway.http.request import Request

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class WireModel(BaseModel):
    """A request body. No string passes as a number, and no value of a caller's gets into an error or a log."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, hide_input_in_errors=True)

    words: ClassVar[Mapping[str, str]] = {}
    """What is wrong, by pydantic's type of the error, in which `{ge}` and the like stand for what its context says.

    Of a dialect with words of its own; elsewhere, and of other types, pydantic's are told.
    """


ModelT = TypeVar("ModelT", bound=WireModel)


def _only_rfc3339(value: object) -> object:
    if not isinstance(value, str) or "T" not in value.upper():
        raise ValueError("must be a time in RFC 3339 form")
    return value


def _to_milliseconds(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


Moment = Annotated[AwareDatetime, Field(strict=False), BeforeValidator(_only_rfc3339), AfterValidator(_to_milliseconds)]
"""A time with its zone, cut to the milliseconds that storage keeps.

Strictness would refuse every text, leniency takes numbers for times.
"""


def _nameable(device_id: str) -> str:
    """Refuse an id under which nobody could ask for the device: gateways decode a path before they divide it."""
    if "/" in device_id:
        raise ValueError('a device id has no "/", since paths name devices')
    if not is_possible_id(device_id):
        raise ValueError(
            f"a device id has 1 to {MOST_ID_BYTES} bytes, where %, # and control characters count threefold"
        )
    return device_id


DeviceId = Annotated[
    str,
    Field(
        min_length=1,
        description=f"At most {MOST_ID_BYTES} bytes, and no slash, since paths name devices.",
        json_schema_extra={"maxLength": MOST_ID_BYTES, "pattern": "^[^/]*$"},
    ),
    AfterValidator(_nameable),
]


def parse_body(model: type[ModelT], request: Request) -> ModelT:
    """Read a JSON body into its wire model. Raises InvalidMembers, and Invalid for what is not JSON."""
    json_value(request)
    return _parsed(model, lambda: model.model_validate_json(request.body))


def parse_exact_body(model: type[ModelT], request: Request) -> ModelT:
    """Read a JSON body as `parse_body` does, with larger numbers: those of a member of type Any are not rounded.

    They are of type int or Decimal. Raises InvalidMembers and Invalid.
    """
    value = exact_json_value(request)
    return _parsed(model, lambda: model.model_validate(value))


def _parsed(model: type[ModelT], parse: Callable[[], ModelT]) -> ModelT:
    try:
        return parse()
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
    told = [(".".join(map(str, fault["loc"])), _problem(fault, model.words)) for fault in faults]
    raise InvalidMembers(told, before="Validating request body: ")


def _problem(fault: ErrorDetails, words: Mapping[str, str]) -> str:
    """What is wrong, in these words; a validator of ours that raised ValueError speaks for itself."""
    context = fault.get("ctx", {})
    own = context.get("error")
    if isinstance(own, ValueError):
        return str(own)
    return words[fault["type"]].format_map(context) if fault["type"] in words else fault["msg"]
