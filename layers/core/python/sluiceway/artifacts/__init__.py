"""Artifact bytes: reading and verifying the files that people upload, storing them, linking to them."""
