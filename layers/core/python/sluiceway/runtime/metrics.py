"""Counts and latencies of answers as CloudWatch metrics, in the embedded metric format."""

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit


def record_answer(surface: str, route: str, status: int, seconds: float, request_id: str) -> None:
    """Write one metric line about an answer; nothing where no `POWERTOOLS_METRICS_NAMESPACE` is set.

    Lambda itself counts no error, since every error becomes an answer: alarms need `5xx`. The surface is the only
    dimension, because each further one multiplies what CloudWatch charges; the route can be searched for in the line.
    """
    metrics = EphemeralMetrics(service=surface)
    if not metrics.namespace:
        return
    metrics.add_metric(f"{status // 100}xx", MetricUnit.Count, 1)
    metrics.add_metric("Latency", MetricUnit.Milliseconds, round(seconds * 1000, 1))
    for name, value in {"route": route, "status": status, "request_id": request_id}.items():
        metrics.add_metadata(name, value)
    metrics.flush_metrics()
