"""The script of contract 8.3 with `losant-rest`: all four operations, one record, and a 404 at the end."""

import json
import os
import sys

from losant_rest import Client, LosantError  # type: ignore[import-not-found]

application, flow, device, record = sys.argv[1:]

client = Client(auth_token=os.environ["LOSANT_TOKEN"], url=os.environ["LOSANT_URL"])
deployments = client.edge_deployments

count = deployments.get(applicationId=application)["totalCount"]
deployments.get(
    applicationId=application,
    sortField="creationDate",
    sortDirection="desc",
    page=1,
    perPage=25,
    deviceId=device,
    flowId=flow,
    version="v 2+b/1",
    filterEmpty=True,
)
deployment = {"flowId": flow, "version": "v2", "deviceIds": [device]}
released = deployments.release(applicationId=application, deployment=deployment)
deployments.release(applicationId=application, deployment={**deployment, "version": None})
deployments.remove(applicationId=application, deployment={"flowId": flow, "deviceId": None})
deployments.replace(applicationId=application, deployment={"flowId": flow, "oldVersion": "v2", "newVersion": "v3"})
client.edge_deployment.get(applicationId=application, edgeDeploymentId=record)
try:
    deployments.get(applicationId="0" * 24)
except LosantError as error:
    refused = [error.status, error.data["type"], error.data["message"]]
    json.dump({"count": count, "released": released, "refused": refused}, sys.stdout)
