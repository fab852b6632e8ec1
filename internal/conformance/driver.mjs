// Makes calls with the vendor's client, one for every line of JSON on standard
// input, and answers each with a line of JSON on standard output. A line is
//
//	{"do": "configure", "config": {…}}           makes a new client
//	{"do": "methods"}                            names the client's operations
//	{"do": "schema", "type": "RefundRequest"}    gives the client's schema of a body
//	{"do": "call", "method": "getPayment", "args": [merchant, ids…, body], "context": {…}}

import { createInterface } from "node:readline";
import { readFile } from "node:fs/promises";
import * as sdk from "onlinepayments-sdk-nodejs";

const home = new URL("./node_modules/onlinepayments-sdk-nodejs/", import.meta.url);
const unknownField = /instance((?:\.\w+|\[\d+\])*) is not allowed to have the additional property "([^"]+)"/g;

let client;

function methods() {
  const found = {};
  for (const group of Object.values(client)) {
    for (const [name, fn] of Object.entries(group)) {
      if (typeof fn === "function" && group !== client.context) {
        found[name] = (...args) => fn(...args);
      }
    }
  }
  return found;
}

function steps(path) {
  return [...path.matchAll(/\.(\w+)|\[(\d+)\]/g)].map(([, name, index]) => name ?? Number(index));
}

// prune takes the fields away that the client's validation does not know, and
// returns their paths; none when it complains of something else.
function prune(body, message) {
  const paths = [];
  for (const [, path, name] of message.matchAll(unknownField)) {
    const parent = steps(path).reduce((value, step) => value[step], body);
    delete parent[name];
    paths.push([...steps(path).filter((step) => typeof step === "string"), name].join("."));
  }
  return paths;
}

// call makes a call, without the fields of its body that the client refuses.
async function call({ method, args, context }) {
  const unknown = [];
  const out = { unknown };
  for (;;) {
    try {
      out.response = await methods()[method](...args, context);
    } catch (e) {
      const body = args.at(-1);
      const paths = body instanceof Object ? prune(body, String(e.message)) : [];
      if (paths.length > 0) {
        unknown.push(...paths);
        continue;
      }
      out.thrown = { name: e.name, code: e.code, message: e.message, status: e.status };
    }
    if (out.response) {
      const { status, isSuccess, body, file } = out.response;
      if (file) {
        body.resume(); // otherwise its connection stays open
      }
      out.response = { status, isSuccess, body: file ? null : body, binary: Boolean(file) };
    }
    return { ...out, args, idempotence: context?.idempotence };
  }
}

const actions = {
  async configure({ config }) {
    client = sdk.init(config);
    return { version: JSON.parse(await readFile(new URL("package.json", home))).version };
  },
  methods: () => ({ methods: Object.keys(methods()) }),
  async schema({ type }) {
    return { schema: (await import(new URL(`lib/esm/schemas/${type}.js`, home))).default };
  },
  call,
};

for await (const line of createInterface({ input: process.stdin })) {
  let out;
  try {
    const order = JSON.parse(line);
    out = await actions[order.do](order);
  } catch (e) {
    out = { failed: String(e?.stack ?? e) };
  }
  process.stdout.write(JSON.stringify(out) + "\n");
}
