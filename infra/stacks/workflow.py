"""What runs without a request: the retry machine, the tick of each minute, and what only the operator may invoke."""

# pyright: reportArgumentType=false
# CDK's classes call parameters otherwise than the interfaces that they implement, which Python cannot overlook.

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import ArnFormat, CfnOutput, Duration, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn

from infra.constructs.functions import LOG_RETENTION, Bundles, FunctionFactory, construct_id
from infra.paths import STATE_MACHINES
from infra.stacks.data import DEVICES_OF_DEPLOYMENT_INDEX, DUE_INDEX
from sluiceway.http.routes import Trigger
from workflow._tasks import TASKS

if TYPE_CHECKING:
    from aws_cdk import aws_lambda as lambda_
    from constructs import Construct

    from infra.stacks.data import DataStack

EVENT_SOURCE = "sluiceway"
RETRY_MACHINE_NAME = "Sluiceway-Retry"
"""Fixed, so that the functions that it invokes can know it as all others do, without a circle in the template."""


class WorkflowStack(Stack):
    """The functions of the task table and the state machines that call them."""

    def __init__(self, scope: Construct, name: str, *, data: DataStack, bundles: Bundles) -> None:
        super().__init__(scope, name)
        self.retry_machine_arn = self.format_arn(
            service="states",
            resource="stateMachine",
            resource_name=RETRY_MACHINE_NAME,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        resources = data.resources((DEVICES_OF_DEPLOYMENT_INDEX, DUE_INDEX), self.retry_machine_arn)
        factory = FunctionFactory(self, "workflow", bundles, resources)
        self.functions = {task.module: factory.make(task) for task in TASKS}
        self.retry_machine = self._make_retry_machine(self.functions["check_retry"])
        self._tick_every_minute()
        self._print_names()

    def _make_retry_machine(self, check_retry: lambda_.IFunction) -> sfn.StateMachine:
        bus = events.EventBus.from_event_bus_name(self, "DefaultBus", "default")
        return sfn.StateMachine(
            self,
            "Retry",
            state_machine_name=RETRY_MACHINE_NAME,
            definition_body=sfn.DefinitionBody.from_file(str(STATE_MACHINES / "retry.asl.json")),
            definition_substitutions={
                "Partition": self.partition,
                "CheckRetry": check_retry.function_arn,
                "EventBus": bus.event_bus_arn,
            },
            role=self._make_retry_role(check_retry, bus),
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=logs.LogGroup(
                    self, "RetryLog", retention=LOG_RETENTION, removal_policy=RemovalPolicy.DESTROY
                ),
                level=sfn.LogLevel.ALL,
                include_execution_data=True,
            ),
        )

    def _make_retry_role(self, check_retry: lambda_.IFunction, bus: events.IEventBus) -> iam.Role:
        role = iam.Role(self, "RetryRole", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[check_retry.function_arn]))
        role.add_to_policy(iam.PolicyStatement(actions=["events:PutEvents"], resources=[bus.event_bus_arn]))
        return role

    def _tick_every_minute(self) -> None:
        for task in TASKS:
            if task.trigger is Trigger.EVERY_MINUTE:
                name, function = construct_id(task.module), self.functions[task.module]
                rule = events.Rule(self, f"{name}Tick", schedule=events.Schedule.rate(Duration.minutes(1)))
                # The next tick does whatever this one could not, so neither EventBridge nor Lambda repeats one.
                rule.add_target(targets.LambdaFunction(function, retry_attempts=0, max_event_age=Duration.minutes(1)))
                function.configure_async_invoke(retry_attempts=0, max_event_age=Duration.minutes(1))

    def _print_names(self) -> None:
        CfnOutput(self, "RetryMachineArn", value=self.retry_machine.state_machine_arn)
        for task in TASKS:
            if task.trigger is Trigger.OPERATOR:
                function = self.functions[task.module]
                CfnOutput(self, f"{construct_id(task.module)}Function", value=function.function_name)
