"""The local cloud: the synthesised stacks in an AWS engine on loopback, and a gateway in front of the handlers."""
