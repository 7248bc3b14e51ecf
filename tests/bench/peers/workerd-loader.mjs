// workerd as a small platform: this Worker checks the signature, and a function runs in an isolate of its own, which the
// Worker Loader makes. The design that is nearest to Overlock's.
import hookBasicSource from "hook-basic.txt";
import hookCpuSource from "hook-cpu.txt";
import hookEchoSource from "hook-echo.txt";
import { verifiedBody } from "verify";

const MAIN = `
import handle from "./function.js";
export default { async fetch(request) { return Response.json(handle(await request.json())); } };
`;
const NEW_FUNCTIONS_EVENT = '{"id":1,"commits":[1,2,3]}';
const decoder = new TextDecoder();

// `source` makes the function's text; it is asked once for each `id`.
function call(env, id, source, body) {
  const code = async () => ({
    compatibilityDate: "2026-11-01",
    mainModule: "main.js",
    modules: { "main.js": MAIN, "function.js": await source() },
    globalOutbound: null,
  });
  const headers = { "content-type": "application/json" };
  return env.LOADER.get(id, code).getEntrypoint().fetch("http://function/", { method: "POST", headers, body });
}

export default {
  async fetch(request, env) {
    const path = request.url.slice(request.url.indexOf("/", "http://".length + 1));
    if (path === "/hook-basic") {
      const body = await verifiedBody(request);
      if (body === null) return Response.json({ ok: false }, { status: 401 });
      return call(env, "hook-basic", () => hookBasicSource, body);
    }
    if (path.startsWith("/hook-echo")) {
      const query = JSON.stringify(Object.fromEntries(new URL(request.url).searchParams));
      return call(env, "hook-echo", () => hookEchoSource, query);
    }
    if (path === "/hook-cpu") return call(env, "hook-cpu", () => hookCpuSource, request.body);
    if (path.startsWith("/new/")) {
      const id = path.slice("/new/".length);
      const source = async () =>
        decoder.decode(await (await env.FUNCTIONS.fetch(`http://functions/${id}.mjs`)).arrayBuffer());
      return call(env, `new-${id}`, source, NEW_FUNCTIONS_EVENT);
    }
    return new Response("not found", { status: 404 });
  },
};
