// Runs the unit tests of the runtime library under Node: node run.mjs RUNTIME.js LIBRARY.js. They see the two bundles
// that the worker holds, in contexts of their own; function_host.ts plays the worker.
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {runTests} from '../run_tests.mjs';

const [runtime, library] = process.argv.slice(2);
if (library === undefined) throw new Error('usage: node run.mjs RUNTIME.js LIBRARY.js');
await runTests(
    path.dirname(fileURLToPath(import.meta.url)),
    {OVERLOCK_RUNTIME: path.resolve(runtime), OVERLOCK_LIBRARY: path.resolve(library)});
