// Runs the unit tests of the embedded database's engine under Node: node run.mjs DOCUMENTS.js. engine_host.ts plays the
// host.
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {runTests} from '../../run_tests.mjs';

const [documents] = process.argv.slice(2);
if (documents === undefined) throw new Error('usage: node run.mjs DOCUMENTS.js');
await runTests(path.dirname(fileURLToPath(import.meta.url)), {OVERLOCK_DOCUMENTS: path.resolve(documents)});
