// workerd: one Worker checks the signature and calls the function in the same isolate.
import hookBasic from "hook-basic";
import hookCpu from "hook-cpu";
import hookEcho from "hook-echo";

const HMAC = { name: "HMAC", hash: "SHA-256" };
const DIGEST_PREFIX = "sha256=";
const HEADER_LENGTH = DIGEST_PREFIX.length + 64;
const decoder = new TextDecoder();
// workerd forbids the import in global scope, so the first request does it.
let key;
const importKey = async () =>
  (key ??= await crypto.subtle.importKey("raw", new TextEncoder().encode("12345"), HMAC, false, ["verify"]));

// The body, or null if its signature is not right.
export async function verifiedBody(request) {
  const header = request.headers.get("x-hook-signature");
  const body = await request.arrayBuffer();
  if (header === null || header.length !== HEADER_LENGTH || !header.startsWith(DIGEST_PREFIX)) return null;
  const digest = Uint8Array.fromHex(header.slice(DIGEST_PREFIX.length));
  return (await crypto.subtle.verify(HMAC, key ?? (await importKey()), digest, body)) ? body : null;
}

export default {
  async fetch(request) {
    const path = request.url.slice(request.url.indexOf("/", "http://".length + 1));
    if (path === "/hook-basic") {
      const body = await verifiedBody(request);
      if (body === null) return Response.json({ ok: false }, { status: 401 });
      return Response.json(hookBasic(JSON.parse(decoder.decode(body))));
    }
    if (path.startsWith("/hook-echo")) {
      return Response.json(hookEcho(Object.fromEntries(new URL(request.url).searchParams)));
    }
    if (path === "/hook-cpu") return Response.json(hookCpu(await request.json()));
    return new Response("not found", { status: 404 });
  },
};
