"""Devices that take configuration, as users manage them (contract 5.4)."""
