// Runs the unit tests of the embedded database's engine under Node: node run.mjs DOCUMENTS.js. engine_host.ts plays the
// host.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
const [documents] = process.argv.slice(2);
if (documents === undefined) throw new Error('usage: node run.mjs DOCUMENTS.js');
const directory = mkdtempSync(path.join(tmpdir(), 'overlock-documents-test-'));
try {
  const tests = readdirSync(here).filter((name) => name.endsWith('.test.ts'));
  await build({
    entryPoints: tests.map((name) => path.join(here, name)),
    outdir: directory,
    outExtension: {'.js': '.mjs'},
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node18',
    sourcemap: 'inline',
    logLevel: 'warning',
  });
  const files = tests.map((name) => path.join(directory, name.replace(/\.ts$/, '.mjs')));
  const env = {...process.env, OVERLOCK_DOCUMENTS: path.resolve(documents)};
  const {status} = spawnSync(process.execPath, ['--enable-source-maps', '--test', ...files], {stdio: 'inherit', env});
  process.exitCode = status ?? 1;
} finally {
  rmSync(directory, {recursive: true});
}
