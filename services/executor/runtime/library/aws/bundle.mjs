// What library/build.mjs needs for the modules `aws` (the protocols of AWS) and `aws/<api>` (a model each): the npm
// package aws-sdk without its network, credentials and services.
import {readFile} from 'node:fs/promises';
import path from 'node:path';
import {fileURLToPath} from 'node:url';
import {aliases, apis} from './apis.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

export const awsModules = {
  aws: path.join(here, 'index.ts'),
  ...Object.fromEntries(apis.map(({name, file}) => [`aws/${name}`, file])),
};

const models = new Map(apis.map((api) => [api.file, api]));

// A model as text that is parsed when it is needed, faster than JavaScript; without what only error handling by type
// needs.
async function modelModule({path: file}) {
  const {metadata, operations, shapes} = JSON.parse(await readFile(file, 'utf8'));
  for (const operation of Object.values(operations)) delete operation.errors;
  const {xmlNoDefaultLists} = models.get(file);
  const text = JSON.stringify({metadata, operations, shapes, xmlNoDefaultLists});
  return {contents: `module.exports = JSON.parse(${JSON.stringify(text)});`, loader: 'js'};
}

const inPackage = (name) => new RegExp(`node_modules[\\\\/]${name}[\\\\/]`);

export const awsPlugin = {
  name: 'aws',
  setup(plugin) {
    const empty = {path: 'empty', namespace: 'aws-empty'};
    plugin.onResolve({filter: /^aws-apis$/}, () => ({path: 'aws-apis', namespace: 'aws-apis'}));
    plugin.onResolve({filter: /./}, ({path: wanted, importer}) => {
      if (inPackage('aws-sdk').test(importer)) {
        if (/^\.{1,2}\/core$/.test(wanted)) return {path: path.join(here, 'core.ts')};
        if (wanted === 'xml2js') return {path: path.join(here, 'xml2js.ts')};
        // What is called for files, random numbers and names of services only.
        if (wanted === 'fs' || wanted === 'uuid' || wanted.endsWith('/metadata.json')) return empty;
      }
      // Its streams are not used.
      if (inPackage('sax').test(importer) && wanted === 'stream') return empty;
      return undefined;
    });
    plugin.onLoad({filter: /./, namespace: 'aws-empty'}, () => ({
      contents: 'module.exports = {Stream: class {}};',
      loader: 'js',
    }));
    plugin.onLoad({filter: /./, namespace: 'aws-apis'}, () => ({
      contents: `module.exports = ${JSON.stringify({names: apis.map(({name}) => name), aliases})};`,
      loader: 'js',
    }));
    const isModel = /aws-sdk[\\/]apis[\\/].*\.min\.json$/;
    plugin.onLoad({filter: isModel}, (file) => (models.has(file.path) ? modelModule(file) : undefined));
  },
};
