"""Where the events of a workspace are sent."""
