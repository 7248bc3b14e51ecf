// Deno.serve; functions in the server's own heap.
import { Buffer } from "node:buffer";
import hookBasic from "./functions/hook-basic.mjs";
import hookCpu from "./functions/hook-cpu.mjs";
import hookEcho from "./functions/hook-echo.mjs";
import { functionFile, host, newFunctionsEvent, port, signatureIsRight } from "./shared.mjs";

Deno.serve({ port, hostname: host, onListen() {} }, async (request) => {
  const path = request.url.slice(request.url.indexOf("/", "http://".length + 1));
  if (path === "/hook-basic") {
    const body = Buffer.from(await request.arrayBuffer());
    if (!signatureIsRight(body, request.headers.get("x-hook-signature"))) {
      return Response.json({ ok: false }, { status: 401 });
    }
    return Response.json(hookBasic(JSON.parse(body.toString())));
  }
  if (path.startsWith("/hook-echo")) {
    return Response.json(hookEcho(Object.fromEntries(new URL(request.url).searchParams)));
  }
  if (path === "/hook-cpu") return Response.json(hookCpu(await request.json()));
  if (path.startsWith("/new/")) {
    return Response.json((await import(functionFile(path.slice("/new/".length)))).default(newFunctionsEvent));
  }
  return new Response("not found", { status: 404 });
});
