// Writes api_table.cc, what the supervisor knows of AWS's APIs: node build_api_table.mjs OUTPUT DEPFILE
// Only so much of each model as says which requests are those of an operation.
import {readFile, writeFile} from 'node:fs/promises';
import {apis} from '../../runtime/library/aws/apis.mjs';

const text = JSON.stringify;

// Where the members of an operation's input stand in a request, in lower case where it is a header's name; those that
// must be there begin with an exclamation mark.
function locations(model, operation) {
  const input = operation.input?.shape ? model.shapes[operation.input.shape] : operation.input;
  const members = input?.members ?? {};
  const query = [];
  const headers = [];
  for (const [name, member] of Object.entries(members)) {
    const type = member.shape ? model.shapes[member.shape].type : member.type;
    const place = (input.required?.includes(name) ? '!' : '') + (member.locationName ?? name);
    if (member.location === 'querystring') query.push(type === 'map' ? '*' : place);
    if (member.location === 'header') headers.push(place.toLowerCase());
    if (member.location === 'headers') headers.push(`${place.toLowerCase()}*`);
  }
  return {query: query.join(','), headers: headers.join(',')};
}

function operationRow(model, name, operation) {
  const {query, headers} = locations(model, operation);
  const md5 = Boolean(operation.httpChecksumRequired || operation.httpChecksum?.requestChecksumRequired);
  const fields = [
    text(name), text(operation.http?.method ?? 'POST'), text(operation.http?.requestUri ?? '/'), text(query),
    text(headers), text(operation.endpoint?.hostPrefix ?? ''), operation.authtype === 'none', md5,
  ];
  return `    {${fields.join(', ')}},`;
}

const protocols = {json: 'kJson', query: 'kQuery', ec2: 'kQuery', 'rest-json': 'kRest', 'rest-xml': 'kRest'};
const byName = ([a], [b]) => (a < b ? -1 : 1);

const tables = [];
const rows = [];
for (const {name, file} of [...apis].sort((a, b) => (a.name < b.name ? -1 : 1))) {
  const model = JSON.parse(await readFile(file, 'utf8'));
  const {metadata} = model;
  // One operation has its host in its input.
  const isUsable = ([, operation]) => !operation.endpoint?.hostPrefix?.includes('{');
  const operations = Object.entries(model.operations).filter(isUsable).sort(byName);
  const lines = operations.map(([operation, value]) => operationRow(model, operation, value));
  tables.push(`constexpr OperationModel k_${name}[] = {\n${lines.join('\n')}\n};`);
  const version = metadata.jsonVersion === undefined ? '1.0' : Number(metadata.jsonVersion).toFixed(1);
  const fields = [
    text(name), text(metadata.endpointPrefix), text(metadata.signingName ?? metadata.endpointPrefix),
    `Protocol::${protocols[metadata.protocol]}`, text(metadata.targetPrefix ?? ''), text(version), `k_${name}`,
  ];
  rows.push(`    {${fields.join(', ')}},`);
}

const [output, depfile] = process.argv.slice(2);
await writeFile(output, `// Made by build_api_table.mjs.
#include "services/executor/actions/aws/api_model.h"

namespace overlock::executor::aws {
namespace {

${tables.join('\n')}

constexpr ApiModel kApis[] = {
${rows.join('\n')}
};

}  // namespace

absl::Span<const ApiModel> AllApis() { return kApis; }

}  // namespace overlock::executor::aws
`);
await writeFile(depfile, `${output}: ${apis.map(({file}) => file.replace(/ /g, '\\ ')).join(' ')}\n`);
