"""What all wire models share: strict JSON types, unknown members ignored, errors that name the member."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from sluiceway.domain.errors import InvalidMembers
from sluiceway.http.json_body import json_value
from sluiceway.http.request import Request

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails


class WireModel(BaseModel):
    """A request body. No string passes as a number, and no value of a caller's gets into an error or a log."""

    model_config = ConfigDict(extra="ignore", frozen=True, strict=True, hide_input_in_errors=True)


ModelT = TypeVar("ModelT", bound=WireModel)


def parse_body(model: type[ModelT], request: Request) -> ModelT:
    """Read a JSON body into its wire model. Raises InvalidMembers, and Invalid for what is not JSON."""
    json_value(request)
    try:
        return model.model_validate_json(request.body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
    raise InvalidMembers([_member_and_problem(fault) for fault in faults], before="Validating request body: ")


def _member_and_problem(fault: ErrorDetails) -> tuple[str, str]:
    """One fault as `member.inner` and what is wrong; a validator of ours that raised ValueError speaks for itself."""
    own = fault.get("ctx", {}).get("error")
    problem = str(own) if isinstance(own, ValueError) else fault["msg"]
    return ".".join(str(step) for step in fault["loc"]), problem
