"""The document itself, and its page for people."""

from __future__ import annotations

from losant._operations.common import answers
from sluiceway.http.openapi import Answer, Content, Operation

OPERATIONS = {
    "docs.get_openapi": Operation(answers=answers(dict[str, object])),
    "docs.get_page": Operation(answers={200: Answer(Content(str, "text/html"))}),
}
