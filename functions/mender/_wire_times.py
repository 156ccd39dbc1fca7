"""Times as the Mender dialect writes them (contract 1.7)."""

from sluiceway.domain.times import rfc3339

__all__ = ["rfc3339"]
