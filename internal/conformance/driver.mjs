// Makes calls with the vendor's client, one for every line of JSON on standard
// input, and answers each with a line of JSON on standard output. A line is
//
//	{"do": "configure", "config": {…}}           makes a new client
//	{"do": "methods"}                            names the client's operations
//	{"do": "schema", "type": "RefundRequest"}    gives the client's schema of a body
//	{"do": "call", "method": "getPayment", "args": [merchant, ids…, body], "context": {…}}
//	{"do": "send", "method": "POST", "path": "/v2/…", "body": {…}, "gzip": true}
//	                                             sends what no operation does, signed by the client
//	{"do": "event", "body": "…", "headers": {…}, "keys": {"key id": "secret"}}
//	                                             reads a webhook with the client's helper

import { request } from "node:http";
import { createInterface } from "node:readline";
import { readFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
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

// send makes a request for an operation that the client does not have, with the
// headers and the signature that the client would make for it.
async function send({ method, path, body, gzip }) {
  const { default: headers } = await import(new URL("lib/esm/src/utils/headers.js", home));
  const { host, port } = client.context.getEndpoint();
  const type = "application/json";
  const date = headers.date();
  const info = headers.serverMetaInfo(client.context);
  const sent = { Date: date, "Content-Type": type, [info.key]: info.value };
  sent.Authorization = await client.context.getAuthenticator().getAuthorization(method, type, date, [info], path);
  let text = body && JSON.stringify(body);
  if (gzip) {
    sent["Content-Encoding"] = "gzip";
    text = gzipSync(text);
  }
  const answer = await new Promise((resolve, reject) => {
    request({ host, port, method, path, headers: sent }, resolve).on("error", reject).end(text);
  });
  let got = "";
  for await (const chunk of answer) {
    got += chunk;
  }
  const status = answer.statusCode;
  return { response: { status, isSuccess: status >= 200 && status < 300, body: got ? JSON.parse(got) : null } };
}

// event reads a webhook with the client's helper, which knows only the given keys.
async function event({ body, headers, keys }) {
  const store = sdk.webhooks.inMemorySecretKeyStore;
  store.clear();
  Object.entries(keys).forEach(([id, secret]) => store.storeSecretKey(id, secret));
  try {
    return { event: await sdk.webhooks.init(store).unmarshal(body, headers) };
  } catch (e) {
    return { thrown: { name: e.name, message: e.message } };
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
  send,
  event,
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
