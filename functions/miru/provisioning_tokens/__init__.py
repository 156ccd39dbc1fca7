"""Tokens that make machines devices of a workspace (contract 5.4, 8.4)."""
