// fastify and isolated-vm: one isolate a function, kept. A body goes in as a string, the result comes out as one.
// `applySync` without a time limit: the fastest way that isolated-vm has.
import { readFileSync } from "node:fs";
import { functionFile, host, newFunctionsEvent, port, requirePeer, signatureIsRight } from "./shared.mjs";

const ivm = requirePeer("isolated-vm");
const ISOLATE_MEGABYTES = 128;
const JSON_TYPE = "application/json; charset=utf-8";

function load(file) {
  const context = new ivm.Isolate({ memoryLimit: ISOLATE_MEGABYTES }).createContextSync();
  const source = readFileSync(file, "utf8").replace("export default function handle", "function handle");
  return context.evalSync(`${source}\n;(text) => JSON.stringify(handle(JSON.parse(text)))`, { reference: true });
}
const own = (name) => load(new URL(`functions/${name}.mjs`, import.meta.url));
const run = (reply, handle, text) => {
  reply.type(JSON_TYPE).send(handle.applySync(undefined, [text]));
  return reply;
};

const hookBasic = own("hook-basic");
const hookEcho = own("hook-echo");
const hookCpu = own("hook-cpu");
const loaded = new Map();

const app = requirePeer("fastify")({ logger: false, bodyLimit: 1 << 20 });
app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => done(null, body));
app.post("/hook-basic", (request, reply) => {
  if (!signatureIsRight(request.body, request.headers["x-hook-signature"])) return reply.code(401).send({ ok: false });
  return run(reply, hookBasic, request.body.toString());
});
app.get("/hook-echo", (request, reply) => run(reply, hookEcho, JSON.stringify(request.query)));
app.post("/hook-cpu", (request, reply) => run(reply, hookCpu, request.body.toString()));
app.get("/new/:id", (request, reply) => {
  const { id } = request.params;
  if (!loaded.has(id)) loaded.set(id, load(functionFile(id)));
  return run(reply, loaded.get(id), JSON.stringify(newFunctionsEvent));
});
await app.listen({ port, host });
