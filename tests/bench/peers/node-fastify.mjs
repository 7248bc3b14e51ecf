// fastify; functions in the server's own heap.
import hookBasic from "./functions/hook-basic.mjs";
import hookCpu from "./functions/hook-cpu.mjs";
import hookEcho from "./functions/hook-echo.mjs";
import { functionFile, host, newFunctionsEvent, port, requirePeer, signatureIsRight } from "./shared.mjs";

const app = requirePeer("fastify")({ logger: false, bodyLimit: 1 << 20 });
app.addContentTypeParser("application/json", { parseAs: "buffer" }, (request, body, done) => done(null, body));
app.post("/hook-basic", (request, reply) => {
  if (!signatureIsRight(request.body, request.headers["x-hook-signature"])) return reply.code(401).send({ ok: false });
  reply.send(hookBasic(JSON.parse(request.body.toString())));
});
app.get("/hook-echo", (request, reply) => reply.send(hookEcho(request.query)));
app.post("/hook-cpu", (request, reply) => reply.send(hookCpu(JSON.parse(request.body.toString()))));
app.get("/new/:id", async (request) => (await import(functionFile(request.params.id))).default(newFunctionsEvent));
await app.listen({ port, host });
