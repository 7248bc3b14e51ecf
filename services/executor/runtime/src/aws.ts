// `context.services.get(name)` for services of the type `aws`: name.api(region).Action(input) (spec section 12). A
// request is made here, unsigned; the supervisor knows the host and the key.
import {Binary} from 'bson';
import {native} from './native.ts';
import {loadLibrary} from './require.ts';
import {bytesOf, callService} from './services.ts';

interface Api {
  readonly name: string;
  build(action: string, input: unknown): {
    method: string; path: string; headers: Record<string, string>; body: Uint8Array; input: object;
  };
  parse(action: string, answer: object): unknown;
}

const tools = {
  bytesOf,
  makeBinary: (bytes: Uint8Array) => new Binary(bytes, 0),
  random: (bytes: number) => native.random(bytes),
  warn: (text: string) => (globalThis as any).console.warn(text),
};

function fail(error: any): never {
  if (typeof error?.requestId !== 'string') throw error;
  const {code: awsCode, statusCode, requestId} = error;
  throw Object.assign(new Error(String(error)), {code: 'AWSError', awsCode, statusCode, requestId});
}

async function callAction(service: string, api: Api, region: string, action: string, input: unknown): Promise<unknown> {
  if (api.name === 's3' && action === 'PresignURL') {
    return (await callService(service, 's3:PresignURL', {region, input: input ?? {}})).value;
  }
  const {body, ...request} = api.build(action, input);
  const result = await callService(service, `${api.name}:${action}`, {region, ...request}, body);
  try {
    return api.parse(action, {...result.value, body: result.body});
  } catch (error) {
    return fail(error);
  }
}

// An object of which every property is a function. It is no promise, whoever awaits it.
function callable(make: (name: string) => unknown): object {
  return new Proxy({}, {
    get: (_target, name) =>
        typeof name !== 'string' || name === 'then' || name === 'toJSON' ? undefined : make(name),
  });
}

export function makeAwsClient(service: string): object {
  return callable((name) => (region?: unknown) => {
    if (region !== undefined && region !== null && typeof region !== 'string') {
      throw new TypeError(`${service}.${name}: the region must be a string`);
    }
    const api: Api = loadLibrary('aws').openApi(name, tools);
    return callable((action) => (input: unknown) => callAction(service, api, region ?? '', action, input));
  });
}
