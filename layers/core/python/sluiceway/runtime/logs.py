"""One structured logger per process. Bodies, tokens and keys are never passed to it."""

from aws_lambda_powertools import Logger

logger = Logger()
