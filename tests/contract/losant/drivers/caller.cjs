// Makes the calls that it reads with the client of an unmodified `losant-rest`, and writes what came of each.
//
// Each is a JSON line. A call is `{"name", "arguments", "client"}`: the dotted name of an action, what it is called
// with, and the `url` and, if there is one, the `token` of its client.
'use strict';

const { createInterface } = require('node:readline');
const { createClient } = require('losant-rest');

const isAction = (member) => typeof member === 'function';

const calls = () =>
  Object.entries(createClient()).flatMap(([resource, actions]) =>
    Object.keys(actions).filter((name) => isAction(actions[name])).map((name) => `${resource}.${name}`));

const make = async ({ name, arguments: options, client: { url, token } }) => {
  const [resource, action] = name.split('.');
  try {
    return { answer: await createClient({ url, accessToken: token })[resource][action](options) };
  } catch (error) {
    const { statusCode, ...body } = error;
    return statusCode
      ? { refused: error.name, status: statusCode, body: { ...body, message: error.message } }
      : { failed: String(error) };
  }
};

const say = (data) => process.stdout.write(`${JSON.stringify(data)}\n`);

(async () => {
  say({ calls: calls() });
  for await (const line of createInterface({ input: process.stdin })) {
    say(await make(JSON.parse(line)));
  }
})();
