"""Artifacts, the ways in which they come, and the links that they leave by."""
