"""Counts and latencies of answers as CloudWatch metrics, in the embedded metric format."""

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit


def record_answer(surface: str, route: str, status: int, seconds: float, request_id: str) -> None:
    """Write one metric line about an answer; nothing where no `POWERTOOLS_METRICS_NAMESPACE` is set.

    Lambda counts no error, since every error becomes an answer, and API Gateway's figures include its own
    time-outs and cold starts: these are the handlers' alone. The surface is the only dimension, because each further
    one multiplies what CloudWatch charges; route and request id can be searched for in the line.
    """
    metrics = EphemeralMetrics(service=surface)
    if not metrics.namespace:
        return
    metrics.add_metric(f"{status // 100}xx", MetricUnit.Count, 1)
    metrics.add_metric("Latency", MetricUnit.Milliseconds, round(seconds * 1000, 1))
    for name, value in {"route": route, "status": status, "request_id": request_id}.items():
        metrics.add_metadata(name, value)
    metrics.flush_metrics()
