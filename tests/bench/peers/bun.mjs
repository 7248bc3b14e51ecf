// Bun.serve; functions in the server's own heap.
import hookBasic from "./functions/hook-basic.mjs";
import hookCpu from "./functions/hook-cpu.mjs";
import hookEcho from "./functions/hook-echo.mjs";
import { functionFile, host, newFunctionsEvent, port, preload, signatureIsRight } from "./shared.mjs";

await preload();
Bun.serve({
  port,
  hostname: host,
  routes: {
    "/hook-basic": {
      POST: async (request) => {
        const body = Buffer.from(await request.arrayBuffer());
        if (!signatureIsRight(body, request.headers.get("x-hook-signature"))) {
          return Response.json({ ok: false }, { status: 401 });
        }
        return Response.json(hookBasic(JSON.parse(body.toString())));
      },
    },
    "/hook-echo": {
      GET: (request) => Response.json(hookEcho(Object.fromEntries(new URL(request.url).searchParams))),
    },
    "/hook-cpu": { POST: async (request) => Response.json(hookCpu(await request.json())) },
    "/new/:id": {
      GET: async (request) => Response.json((await import(functionFile(request.params.id))).default(newFunctionsEvent)),
    },
  },
});
