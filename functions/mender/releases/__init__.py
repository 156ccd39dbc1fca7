"""Releases, their notes and their tags."""
