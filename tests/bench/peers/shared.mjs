// What the servers on Node.js, bun and deno share: where to listen, the signature's check, where further functions are.
import { createHmac, timingSafeEqual } from "node:crypto";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";

const SECRET = "12345";
const DIGEST_PREFIX = "sha256=";

export const port = Number(process.env.PORT);
export const host = "127.0.0.1";
// Packages are installed elsewhere: PEERS_DIR is the directory with node_modules.
export const requirePeer = createRequire(`${process.env.PEERS_DIR}/`);

// A function that the server has not loaded at its start, by its number.
export const functionFile = (id) => `${process.env.FUNCTIONS_DIR}/${id}.mjs`;
// What such a function is called with.
export const newFunctionsEvent = { id: 1, commits: [1, 2, 3] };

// With PRELOAD all of them are loaded before the server listens, as an application that has so many functions would do.
export async function preload() {
  if (!process.env.PRELOAD) return;
  for (const file of readdirSync(process.env.FUNCTIONS_DIR)) await import(`${process.env.FUNCTIONS_DIR}/${file}`);
}

export function signatureIsRight(body, header) {
  if (typeof header !== "string" || !header.startsWith(DIGEST_PREFIX)) return false;
  const wanted = createHmac("sha256", SECRET).update(body).digest();
  const given = Buffer.from(header.slice(DIGEST_PREFIX.length), "hex");
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
