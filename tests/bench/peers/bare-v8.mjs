// What V8 alone needs for a body: parse, function, stringify. Prints the median microseconds of processor time of seven
// rounds.
//
//   node bare-v8.mjs FUNCTION BODY-FILE CALLS
import { readFileSync } from "node:fs";

const [name, bodyFile, calls] = process.argv.slice(2);
const { default: handle } = await import(`./functions/${name}.mjs`);
const body = readFileSync(bodyFile, "utf8");
const rounds = [];
let length = 0; // Kept, so that no call can be left out.
for (let round = 0; round < 8; round++) {
  const began = process.cpuUsage();
  for (let call = 0; call < Number(calls); call++) length += JSON.stringify(handle(JSON.parse(body))).length;
  const { user, system } = process.cpuUsage(began);
  rounds.push((user + system) / Number(calls));
}
if (length === 0) throw new Error("the function returned nothing");
rounds.shift(); // It warmed up.
rounds.sort((one, other) => one - other);
console.log(rounds[3].toFixed(2));
