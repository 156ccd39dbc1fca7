"""Writes and queries as DynamoDB's request parameters: every name and value goes in through a placeholder."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from sluiceway.storage.attributes import Attribute, key_attributes, serialise, serialise_value, stored_form
from sluiceway.storage.table import (
    INDEX_KEYS,
    LAST_SORT_KEY,
    Absent,
    AllOf,
    AnyOf,
    Below,
    Check,
    Condition,
    Delete,
    Equal,
    Present,
    Put,
    Query,
    Record,
    Update,
    Value,
    Write,
)

Parameters: TypeAlias = dict[str, Any]
Action: TypeAlias = Literal["Put", "Update", "Delete", "ConditionCheck"]


class Placeholders:
    """Names and values of one request's expressions."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._values: dict[str, Attribute] = {}

    def name(self, attribute: str) -> str:
        """Placeholder of an attribute's name, the same each time."""
        return self._names.setdefault(attribute, f"#{len(self._names)}")

    def value(self, value: Value) -> str:
        """Placeholder of a value, a new one each time."""
        placeholder = f":{len(self._values)}"
        self._values[placeholder] = serialise_value(value)
        return placeholder

    @property
    def parameters(self) -> Parameters:
        """What DynamoDB wants to know of them; it refuses an empty mapping."""
        named = {
            "ExpressionAttributeNames": {placeholder: name for name, placeholder in self._names.items()},
            "ExpressionAttributeValues": self._values,
        }
        return {parameter: mapping for parameter, mapping in named.items() if mapping}


def action_of(write: Write) -> Action:
    """What a transaction calls the write."""
    match write:
        case Put():
            return "Put"
        case Update():
            return "Update"
        case Delete():
            return "Delete"
        case Check():
            return "ConditionCheck"


def write_parameters(write: Write) -> Parameters:
    """Parameters of a write, the same in a request of its own and in a transaction."""
    placeholders = Placeholders()
    parameters = _target(write, placeholders)
    if write.condition is not None:
        parameters["ConditionExpression"] = _condition(write.condition, placeholders)
        parameters["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    return parameters | placeholders.parameters


def _target(write: Write, placeholders: Placeholders) -> Parameters:
    match write:
        case Put(key=key, item=item):
            return {"Item": stored_form(Record(key, item))}
        case Update():
            return {"Key": key_attributes(write.key), "UpdateExpression": _update(write, placeholders)}
        case _:
            return {"Key": key_attributes(write.key)}


def _update(update: Update, placeholders: Placeholders) -> str:
    name, value = placeholders.name, placeholders.value
    clauses = {
        "SET": [f"{name(attribute)} = {value(new)}" for attribute, new in update.set.items()],
        "ADD": [f"{name(attribute)} {value(number)}" for attribute, number in update.add.items()],
        "REMOVE": [name(attribute) for attribute in update.remove],
    }
    return " ".join(f"{clause} {', '.join(actions)}" for clause, actions in clauses.items() if actions)


def _condition(condition: Condition, placeholders: Placeholders) -> str:
    name, value = placeholders.name, placeholders.value
    match condition:
        case Absent(attribute):
            return f"attribute_not_exists({name(attribute)})"
        case Present(attribute):
            return f"attribute_exists({name(attribute)})"
        case Equal(attribute, wanted):
            return f"{name(attribute)} = {value(wanted)}"
        case Below(attribute, bound):
            return f"{name(attribute)} < {value(bound)}"
        case AllOf(parts):
            return _joined(" AND ", parts, placeholders)
        case AnyOf(parts):
            return _joined(" OR ", parts, placeholders)


def _joined(operator: str, parts: tuple[Condition, ...], placeholders: Placeholders) -> str:
    """The parts in parentheses; a part alone goes without, since DynamoDB refuses doubled parentheses."""
    texts = [_condition(part, placeholders) for part in parts]
    return texts[0] if len(texts) == 1 else f"({operator.join(texts)})"


def query_parameters(query: Query) -> Parameters:
    """Parameters of one page of a query, strongly consistent on the table itself."""
    placeholders = Placeholders()
    partition_key, sort_key = INDEX_KEYS[query.index]
    conditions = [f"{placeholders.name(partition_key)} = {placeholders.value(query.pk)}"]
    conditions += _sort_key_range(query, sort_key, placeholders)
    optional = {
        "IndexName": query.index,
        "ConsistentRead": True if query.index is None else None,
        "Limit": query.limit,
        "ExclusiveStartKey": serialise(query.after) if query.after else None,
    }
    return {
        "KeyConditionExpression": " AND ".join(conditions),
        "ScanIndexForward": not query.descending,
        **{parameter: value for parameter, value in optional.items() if value is not None},
        **placeholders.parameters,
    }


def _sort_key_range(query: Query, sort_key: str, placeholders: Placeholders) -> list[str]:
    """At most one condition, leaving out an end that bounds nothing: a key condition takes no empty string."""
    name, value = placeholders.name, placeholders.value
    match bool(query.first), query.last != LAST_SORT_KEY:
        case True, True:
            return [f"{name(sort_key)} BETWEEN {value(query.first)} AND {value(query.last)}"]
        case True, False:
            return [f"{name(sort_key)} >= {value(query.first)}"]
        case False, True:
            return [f"{name(sort_key)} <= {value(query.last)}"]
        case _:
            return []
