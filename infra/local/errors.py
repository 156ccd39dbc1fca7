"""What stops the local cloud, said in one line."""


class LocalCloudError(Exception):
    """The local cloud cannot start or go on. The message is one line: what happened, and what to do next."""
