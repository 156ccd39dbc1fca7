"""What runs without a request: the state machines, the tick of each minute, and what only the operator may invoke."""

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

from infra.constructs.access import Machines
from infra.constructs.functions import LOG_RETENTION, Bundles, FunctionFactory, construct_id
from infra.paths import STATE_MACHINES
from infra.stacks.data import DEVICES_OF_DEPLOYMENT_INDEX, DUE_INDEX, EVENT_BUS_NAME
from sluiceway.http.routes import Trigger
from workflow._tasks import TASKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

    from infra.stacks.data import DataStack

RETRY_MACHINE_NAME = "Sluiceway-Retry"
ROLLOUT_MACHINE_NAME = "Sluiceway-Rollout"
VERIFY_MACHINE_NAME = "Sluiceway-VerifyUpload"
DELIVER_MACHINE_NAME = "Sluiceway-DeliverEvent"
"""Fixed, so that the functions that they invoke can know them as all others do, without a circle in the template."""


class WorkflowStack(Stack):
    """The functions of the task table and the state machines that call them."""

    def __init__(self, scope: Construct, name: str, *, data: DataStack, bundles: Bundles) -> None:
        super().__init__(scope, name)
        self.machines = Machines(
            retry=self._machine_arn(RETRY_MACHINE_NAME),
            rollout=self._machine_arn(ROLLOUT_MACHINE_NAME),
            verify=self._machine_arn(VERIFY_MACHINE_NAME),
            deliver=self._machine_arn(DELIVER_MACHINE_NAME),
        )
        indexes = (DEVICES_OF_DEPLOYMENT_INDEX, DUE_INDEX)
        resources = data.resources(indexes, self.machines)
        factory = FunctionFactory(self, "workflow", bundles, resources)
        self.functions = {task.module: factory.make(task) for task in TASKS}
        self.retry_machine = self._make_retry_machine()
        self.rollout_machine = self._make_rollout_machine()
        self.verify_machine = self._make_verify_machine()
        self.deliver_machine = self._make_deliver_machine()
        self._tick_every_minute()
        self._print_names()

    def _machine_arn(self, name: str) -> str:
        return self.format_arn(
            service="states",
            resource="stateMachine",
            resource_name=name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )

    def _make_retry_machine(self) -> sfn.StateMachine:
        bus = events.EventBus.from_event_bus_name(self, "DefaultBus", EVENT_BUS_NAME)
        substitutions = {**self._tasks("check_retry"), "EventBus": bus.event_bus_arn}
        role = self._make_machine_role("Retry", "check_retry")
        role.add_to_policy(iam.PolicyStatement(actions=["events:PutEvents"], resources=[bus.event_bus_arn]))
        return self._make_machine("Retry", RETRY_MACHINE_NAME, "retry.asl.json", substitutions, role)

    def _make_rollout_machine(self) -> sfn.StateMachine:
        tasks = ("advance_rollout", "begin_wait")
        role = self._make_machine_role("Rollout", *tasks)
        return self._make_machine("Rollout", ROLLOUT_MACHINE_NAME, "rollout.asl.json", self._tasks(*tasks), role)

    def _make_verify_machine(self) -> sfn.StateMachine:
        tasks = ("verify_upload", "abort_upload")
        role = self._make_machine_role("Verification", *tasks)
        definition = "verify_upload.asl.json"
        return self._make_machine("Verification", VERIFY_MACHINE_NAME, definition, self._tasks(*tasks), role)

    def _make_deliver_machine(self) -> sfn.StateMachine:
        role = self._make_machine_role("Delivery", "deliver_event")
        tasks = self._tasks("deliver_event")
        return self._make_machine("Delivery", DELIVER_MACHINE_NAME, "deliver_event.asl.json", tasks, role)

    def _tasks(self, *modules: str) -> dict[str, str]:
        return {construct_id(module): self.functions[module].function_arn for module in modules}

    def _make_machine_role(self, name: str, *modules: str) -> iam.Role:
        role = iam.Role(self, f"{name}Role", assumed_by=iam.ServicePrincipal("states.amazonaws.com"))
        tasks = list(self._tasks(*modules).values())
        role.add_to_policy(iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=tasks))
        return role

    def _make_machine(
        self, name: str, machine_name: str, definition: str, substitutions: Mapping[str, str], role: iam.Role
    ) -> sfn.StateMachine:
        return sfn.StateMachine(
            self,
            name,
            state_machine_name=machine_name,
            definition_body=sfn.DefinitionBody.from_file(str(STATE_MACHINES / definition)),
            definition_substitutions={"Partition": self.partition, **substitutions},
            role=role,
            tracing_enabled=True,
            logs=sfn.LogOptions(
                destination=logs.LogGroup(
                    self, f"{name}Log", retention=LOG_RETENTION, removal_policy=RemovalPolicy.DESTROY
                ),
                level=sfn.LogLevel.ALL,
                include_execution_data=True,
            ),
        )

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
        CfnOutput(self, "RolloutMachineArn", value=self.rollout_machine.state_machine_arn)
        CfnOutput(self, "VerifyMachineArn", value=self.verify_machine.state_machine_arn)
        CfnOutput(self, "DeliverMachineArn", value=self.deliver_machine.state_machine_arn)
        for task in TASKS:
            if task.trigger is Trigger.OPERATOR:
                function = self.functions[task.module]
                CfnOutput(self, f"{construct_id(task.module)}Function", value=function.function_name)
