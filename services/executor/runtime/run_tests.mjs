// Runs unit tests in TypeScript under Node.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {build} from 'esbuild';

// Bundles every `*.test.ts` of a directory and runs them all. `variables` are added to their environment. The process's
// exit code says whether they passed.
export async function runTests(tests, variables) {
  const directory = mkdtempSync(path.join(tmpdir(), 'overlock-test-'));
  try {
    const names = readdirSync(tests).filter((name) => name.endsWith('.test.ts'));
    await build({
      entryPoints: names.map((name) => path.join(tests, name)),
      outdir: directory,
      outExtension: {'.js': '.mjs'},
      bundle: true,
      format: 'esm',
      platform: 'node',
      target: 'node18',
      sourcemap: 'inline',
      logLevel: 'warning',
    });
    const files = names.map((name) => path.join(directory, name.replace(/\.ts$/, '.mjs')));
    const {status} = spawnSync(
        process.execPath, ['--enable-source-maps', '--test', ...files],
        {stdio: 'inherit', env: {...process.env, ...variables}});
    process.exitCode = status ?? 1;
  } finally {
    rmSync(directory, {recursive: true});
  }
}
