// The script of contract 8.4 with `losant-rest`: all four operations, and a 404 at the end.
'use strict';

const losant = require('losant-rest');

const [applicationId, flowId, deviceId] = process.argv.slice(2);
const client = losant.createClient({ url: process.env.LOSANT_URL, accessToken: process.env.LOSANT_TOKEN });
const deployments = client.edgeDeployments;

(async () => {
  const { totalCount: count } = await deployments.get({ applicationId });
  await deployments.get({
    applicationId,
    sortField: 'creationDate',
    sortDirection: 'desc',
    page: 1,
    perPage: 25,
    deviceId,
    flowId,
    version: 'v 2+b/1',
    filterEmpty: true,
  });
  const deployment = { flowId, version: 'v2', deviceIds: [deviceId] };
  const released = await deployments.release({ applicationId, deployment });
  await deployments.release({ applicationId, deployment: { ...deployment, version: null } });
  await deployments.remove({ applicationId, deployment: { flowId, deviceId: null } });
  await deployments.replace({ applicationId, deployment: { flowId, oldVersion: 'v2', newVersion: 'v3' } });
  try {
    await deployments.get({ applicationId: '0'.repeat(24) });
  } catch (error) {
    const refused = [error.statusCode, error.type, error.message];
    console.log(JSON.stringify({ count, released, refused }));
  }
})();
