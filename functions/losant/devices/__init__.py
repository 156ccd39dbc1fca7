"""Devices, as programs manage them."""
