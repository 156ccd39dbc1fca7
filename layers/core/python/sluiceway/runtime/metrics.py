"""Counts and latencies of answers as CloudWatch metrics, in the embedded metric format."""

import os

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

NAMESPACE_VARIABLE = "POWERTOOLS_METRICS_NAMESPACE"


def record_answer(surface: str, route: str, status: int, seconds: float, request_id: str) -> None:
    """Write one metric line about an answer; nothing outside of a deployment, where no namespace is set.

    Lambda itself counts no error, since every error becomes an answer: alarms need `5xx`. The surface is the only
    dimension, because each further one multiplies what CloudWatch charges; the route can be searched for in the line.
    """
    if not os.environ.get(NAMESPACE_VARIABLE):
        return
    metrics = EphemeralMetrics(service=surface)
    metrics.add_metric(f"{status // 100}xx", MetricUnit.Count, 1)
    metrics.add_metric("Latency", MetricUnit.Milliseconds, round(seconds * 1000, 1))
    for name, value in {"route": route, "status": status, "request_id": request_id}.items():
        metrics.add_metadata(name, value)
    metrics.flush_metrics()
