"""What tells an operator that something is wrong: few alarms, each for something to act on, and one page of graphs."""

# pyright: reportArgumentType=false
# CDK's classes call parameters otherwise than the interfaces that they implement, which Python cannot overlook.

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Duration, Stack
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns

from infra.stacks.data import DEVICES_OF_DEPLOYMENT_INDEX, DUE_INDEX

if TYPE_CHECKING:
    from collections.abc import Iterable

    from aws_cdk import aws_lambda as lambda_
    from aws_cdk import aws_stepfunctions as sfn
    from constructs import Construct

    from infra.stacks.data import DataStack
    from infra.stacks.surface import SurfaceStack
    from infra.stacks.workflow import WorkflowStack

MINUTE = Duration.minutes(1)
FIVE_MINUTES = Duration.minutes(5)

ERROR_SHARE = 1
"""Percent of a surface's requests. A device tries again by itself; more than this is no coincidence."""

REQUESTS_THAT_COUNT = 20
"""In five minutes. Below it a single error would be a large share."""

SLOW = Duration.seconds(3)
"""For the slowest hundredth, over a quarter of an hour: far above a cold start."""

TICKS_MISSED = 10
"""Minutes. Work that is due is late by this long before somebody is told."""


class MonitoringStack(Stack):
    """Alarms and a dashboard; the alarms notify `alarm_topic`, when there is one."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        data: DataStack,
        workflow: WorkflowStack,
        surfaces: Iterable[SurfaceStack],
        alarm_topic: str | None,
    ) -> None:
        super().__init__(scope, name)
        self._topic = sns.Topic.from_topic_arn(self, "AlarmTopic", alarm_topic) if alarm_topic else None
        self._alarms: list[cloudwatch.IAlarm] = []
        self._graphs: list[cloudwatch.IWidget] = []
        for surface in surfaces:
            self._watch_surface(surface)
        self._watch_table(data.table.table_name)
        self._watch_functions()
        self._watch_retries(workflow.retry_machine)
        self._watch_rollouts(workflow.rollout_machine)
        self._watch_verifications(workflow.verify_machine)
        self._watch_deliveries(workflow.deliver_machine)
        self._watch_tick(workflow.functions["repair_due"])
        self._make_dashboard()

    def _watch_surface(self, surface: SurfaceStack) -> None:
        api, title = surface.api, surface.surface.title()
        requests = api.metric_count(period=FIVE_MINUTES, statistic="Sum")
        errors = api.metric_server_error(period=FIVE_MINUTES, statistic="Sum")
        p99 = api.metric_latency(period=FIVE_MINUTES, statistic="p99")
        share = cloudwatch.MathExpression(
            expression=f"IF(requests >= {REQUESTS_THAT_COUNT}, 100 * errors / requests, 0)",
            using_metrics={"requests": requests, "errors": errors},
            period=FIVE_MINUTES,
            label="errors, percent",
        )
        self._alarm(f"{title}Errors", share, above=ERROR_SHARE, text="Requests fail: read the functions' logs.")
        self._alarm(f"{title}Slow", p99, above=SLOW.to_milliseconds(), periods=3, text="Requests are slow.")
        refusals = api.metric_client_error(period=FIVE_MINUTES, statistic="Sum")
        self._graph(f"{title}: requests", requests, refusals, errors)
        self._graph(f"{title}: latency, ms", api.metric_latency(period=FIVE_MINUTES, statistic="p50"), p99)

    def _watch_table(self, table: str) -> None:
        throttles = {
            f"{kind.lower()}{position}": _table_metric(f"{kind}ThrottleEvents", table, index)
            for kind in ("Read", "Write")
            for position, index in enumerate((None, DEVICES_OF_DEPLOYMENT_INDEX, DUE_INDEX))
        }
        throttled = cloudwatch.MathExpression(
            expression="SUM(METRICS())", using_metrics=throttles, period=MINUTE, label="throttled"
        )
        self._alarm("TableThrottled", throttled, above=0, periods=3, text="One key is hot, or the table is at a quota.")
        consumed = [_table_metric(f"Consumed{kind}CapacityUnits", table, None) for kind in ("Read", "Write")]
        self._graph("Table: units a minute", *consumed)
        self._graph("Table: throttled", *throttles.values())

    def _watch_functions(self) -> None:
        # The whole region's: all functions share the account's concurrency, ours and others'.
        throttles = cloudwatch.Metric(
            namespace="AWS/Lambda", metric_name="Throttles", statistic="Sum", period=MINUTE, label="throttled"
        )
        self._alarm("FunctionsThrottled", throttles, above=0, periods=3, text="The account's concurrency is used up.")
        self._graph("Functions: errors", _of_each_function("Errors", "Sum"))
        self._graph("Functions: p99 duration, ms", _of_each_function("Duration", "p99"))

    def _watch_retries(self, machine: sfn.StateMachine) -> None:
        failed, started = machine.metric_failed(period=FIVE_MINUTES), machine.metric_started(period=FIVE_MINUTES)
        text = "Retries happen, but nobody is told of them: read check_retry's log, and redrive what failed."
        self._alarm("RetriesNotAnnounced", failed, above=0, text=text)
        self._graph("Retries", started, failed)

    def _watch_rollouts(self, machine: sfn.StateMachine) -> None:
        failed, started = machine.metric_failed(period=FIVE_MINUTES), machine.metric_started(period=FIVE_MINUTES)
        text = (
            "Phases open late: read advance_rollout's log. The tick starts the next execution, unless one is redriven."
        )
        self._alarm("PhasesNotOpened", failed, above=0, text=text)
        self._graph("Rollouts", started, failed)

    def _watch_verifications(self, machine: sfn.StateMachine) -> None:
        failed, started = machine.metric_failed(period=FIVE_MINUTES), machine.metric_started(period=FIVE_MINUTES)
        self._alarm(
            "UploadsNotVerified", failed, above=0, text="Direct uploads are given up: read verify_upload's log."
        )
        self._graph("Direct uploads", started, failed)

    def _watch_deliveries(self, machine: sfn.StateMachine) -> None:
        failed, started = machine.metric_failed(period=FIVE_MINUTES), machine.metric_started(period=FIVE_MINUTES)
        text = "Events are not taken: the failed executions say why. Those that failed at DeliverEvent can be redriven."
        self._alarm("EventsNotDelivered", failed, above=0, text=text)
        self._graph("Events", started, failed)

    def _watch_tick(self, tick: lambda_.Function) -> None:
        done = cloudwatch.MathExpression(
            expression="FILL(invocations, 0) - FILL(errors, 0)",
            using_metrics={
                "invocations": tick.metric_invocations(period=MINUTE),
                "errors": tick.metric_errors(period=MINUTE),
            },
            period=MINUTE,
            label="ticks",
        )
        alarm = done.create_alarm(
            self,
            "TickStopped",
            alarm_description="Work whose process died is not taken up again: read repair_due's log.",
            comparison_operator=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            threshold=1,
            evaluation_periods=TICKS_MISSED,
            treat_missing_data=cloudwatch.TreatMissingData.BREACHING,
        )
        self._keep(alarm)
        self._graph("Ticks", done)

    def _alarm(self, name: str, metric: cloudwatch.IMetric, *, above: float, text: str, periods: int = 1) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            metric=metric,
            alarm_description=text,
            comparison_operator=cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD,
            threshold=above,
            evaluation_periods=periods,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        self._keep(alarm)

    def _keep(self, alarm: cloudwatch.Alarm) -> None:
        self._alarms.append(alarm)
        if self._topic is not None:
            alarm.add_alarm_action(actions.SnsAction(self._topic))
            alarm.add_ok_action(actions.SnsAction(self._topic))

    def _graph(self, title: str, *metrics: cloudwatch.IMetric) -> None:
        self._graphs.append(cloudwatch.GraphWidget(title=title, left=list(metrics), width=12))

    def _make_dashboard(self) -> None:
        status = cloudwatch.AlarmStatusWidget(title="Alarms", alarms=self._alarms, width=24)
        pairs = [self._graphs[start : start + 2] for start in range(0, len(self._graphs), 2)]
        cloudwatch.Dashboard(self, "Dashboard", dashboard_name="Sluiceway", widgets=[[status], *pairs])


def _table_metric(name: str, table: str, index: str | None) -> cloudwatch.Metric:
    dimensions = {"TableName": table} | ({"GlobalSecondaryIndexName": index} if index else {})
    return cloudwatch.Metric(
        namespace="AWS/DynamoDB", metric_name=name, dimensions_map=dimensions, statistic="Sum", period=MINUTE
    )


def _of_each_function(metric: str, statistic: str) -> cloudwatch.MathExpression:
    search = f"SEARCH('{{AWS/Lambda,FunctionName}} Sluiceway MetricName=\"{metric}\"', '{statistic}', 60)"
    return cloudwatch.MathExpression(expression=search, using_metrics={}, period=MINUTE, label="")
