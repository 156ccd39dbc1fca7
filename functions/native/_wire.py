"""What the bodies of this surface have in common: a member that is not known is a mistake, and is named."""

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BeforeValidator, ConfigDict

from sluiceway.http.wire import WireModel

_WORDS: Mapping[str, str] = {
    "missing": "must be given",
    "extra_forbidden": "is not known here",
    "model_type": "must be an object",
    "list_type": "must be a list",
    "string_type": "must be a string",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "float_type": "must be a number",
    "finite_number": "must be a number",
    "enum": "must be {expected}",
    "greater_than": "must be more than {gt:.15g}",
    "greater_than_equal": "must be {ge:.15g} or more",
    "less_than": "must be less than {lt:.15g}",
    "less_than_equal": "must be {le:.15g} or less",
    "string_too_short": "must not be empty",
    "string_too_long": "must have at most {max_length} characters",
    "string_pattern_mismatch": "must match {pattern}",
    "too_short": "must not be empty",
    "too_long": "must have at most {max_length} entries, and has {actual_length}",
    "datetime_parsing": "must be a time in RFC 3339 form",
    "datetime_from_date_parsing": "must be a time in RFC 3339 form",
    "timezone_aware": "must be a time in RFC 3339 form, with its zone",
}
"""In the voice of what is refused by rules of our own, by pydantic's type of the error."""


class NativeModel(WireModel):
    """A request body."""

    model_config = ConfigDict(extra="forbid")

    words: ClassVar[Mapping[str, str]] = _WORDS


def read_whole(value: object) -> object:
    """Take 2.0 for 2: to JSON Schema, and so to the description of a call, both are integers."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE = BeforeValidator(read_whole)
"""Takes a whole number, however it is written. It stands last, or the description of the number loses its bounds."""
