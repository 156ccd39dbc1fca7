"""The Miru surface: configuration for devices, in three API versions and as devices ask for it."""
