"""A gate as an attribute: what is as usual is left out. Shares are text, since the table has whole numbers only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sluiceway.domain.gates import NO_GATE, Gate, Reaction, Signal, SignalKind
from sluiceway.storage.defaults import without_defaults
from sluiceway.storage.moments import read_span, stored_span
from sluiceway.storage.table import Item

_SHARES = ("least_success_share", "most_failure_share", "most_timeout_share", "least_ended_share")
_AS_THEY_ARE = ("most_failures", "most_timeouts", "minimum_sample", "needs_approval")


def gate_item(gate: Gate) -> Item:
    """Return the stored form, empty for a gate that asks for nothing."""
    return without_defaults(_whole_item(gate), _DEFAULTS)


def _whole_item(gate: Gate) -> Item:
    shares = {name: getattr(gate, name) for name in _SHARES}
    return {
        **{name: None if share is None else str(float(share)) for name, share in shares.items()},
        **{name: getattr(gate, name) for name in _AS_THEY_ARE},
        "soak": stored_span(gate.soak),
        "signal": None if gate.signal is None else [str(gate.signal.kind), gate.signal.source],
        "on_breach": str(gate.on_breach),
    }


_DEFAULTS = _whole_item(NO_GATE)


def read_gate(stored: Mapping[str, Any] | None) -> Gate:
    """Return the gate that was stored."""
    item: Mapping[str, Any] = {**_DEFAULTS, **(stored or {})}
    shares = {name: item[name] for name in _SHARES}
    limits: dict[str, Any] = {name: None if share is None else float(share) for name, share in shares.items()}
    return Gate(
        **limits,
        **{name: item[name] for name in _AS_THEY_ARE},
        soak=read_span(item["soak"]),
        signal=None if item["signal"] is None else _read_signal(*item["signal"]),
        on_breach=Reaction(item["on_breach"]),
    )


def _read_signal(kind: str, source: str) -> Signal:
    return Signal(SignalKind(kind), source)
