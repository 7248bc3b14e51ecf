// node:http without a framework; functions in the server's own heap.
import { createServer } from "node:http";
import hookBasic from "./functions/hook-basic.mjs";
import hookCpu from "./functions/hook-cpu.mjs";
import hookEcho from "./functions/hook-echo.mjs";
import { host, port, signatureIsRight } from "./shared.mjs";

function send(response, status, value) {
  const text = JSON.stringify(value);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

createServer((request, response) => {
  if (request.method === "GET") {
    const mark = request.url.indexOf("?");
    const query = new URLSearchParams(mark < 0 ? "" : request.url.slice(mark + 1));
    return send(response, 200, hookEcho(Object.fromEntries(query)));
  }
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    const body = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
    if (request.url === "/hook-cpu") return send(response, 200, hookCpu(JSON.parse(body.toString())));
    if (!signatureIsRight(body, request.headers["x-hook-signature"])) return send(response, 401, { ok: false });
    send(response, 200, hookBasic(JSON.parse(body.toString())));
  });
}).listen(port, host);
