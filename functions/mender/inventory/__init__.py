"""What devices say about themselves."""
