"""The tokens that programs show."""
