"""Times as the Mender dialect writes them (contract 1.7)."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """Render a moment in UTC with milliseconds and `Z`: Go's clients take no other form of UTC."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
