// `context.services` and `context.http` (spec sections 9.3 and 12). The supervisor does what they ask for: it has the
// credentials, the rules and the network.
import {Binary} from 'bson';
import {makeAwsClient} from './aws.ts';
import {toUtf8} from './byte_utils.ts';
import {EJSON, toCanonical} from './ejson.ts';
import {currentInvocation, enter, needInvocation} from './invocation.ts';
import {makeMongoClient} from './mongodb.ts';
import {Kind, native} from './native.ts';

export interface ServiceValue {
  value: any;
  body: Uint8Array;
}

type Action = (argument: unknown) => Promise<unknown>;

// A server's own code and its name take the place of ours.
function makeError(message: string, code: string, number: number, name: string, called: Error): Error {
  const error = Object.assign(new Error(message), number === 0 ? {code} : {code: number, codeName: name});
  const frames = String(called.stack);
  Object.defineProperty(error, 'stack', {
    value: `Error: ${message}${frames.slice(frames.indexOf('\n'))}`,
    writable: true,
    configurable: true,
  });
  return error;
}

// Calls an action of a service; an empty service is the network itself, which no rule concerns.
export function callService(
    service: string, action: string, argument: object, body?: Uint8Array): Promise<ServiceValue> {
  const invocation = needInvocation(`${service || 'context.http'}.${action}`);
  const text = toCanonical(argument)!;
  // Where the call stands; when its result arrives nobody knows that any more.
  const called = new Error();
  return new Promise((resolve, reject) => {
    const settle = (
        ok: boolean, result: string, bodyOrCode: Uint8Array | string, number: number, name: string): void => {
      enter(invocation);
      if (ok) resolve({value: EJSON.parse(result), body: bodyOrCode as Uint8Array});
      else reject(makeError(result, bodyOrCode as string, number, name, called));
    };
    native.callService(invocation.sequence, service, action, text, body, invocation.runsAsSystem, settle);
  });
}

// The bytes of a string, a Binary or a view of a buffer; undefined for anything else.
export function bytesOf(value: any): Uint8Array | undefined {
  if (typeof value === 'string') return toUtf8(value);
  if (typeof value !== 'object' || value === null) return undefined;
  if (value._bsontype === 'Binary') return (value.buffer as Uint8Array).subarray(0, value.position);
  switch (native.kindOf(value)) {
    case Kind.View: return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    case Kind.ArrayBuffer: return new Uint8Array(value);
    default: return undefined;
  }
}

function checkArgument(where: string, argument: unknown): Record<string, unknown> {
  if (typeof argument !== 'object' || argument === null || Array.isArray(argument)) {
    throw new TypeError(`${where}: the argument must be an object`);
  }
  return argument as Record<string, unknown>;
}

// The body's bytes, and whether they are JSON.
function httpBody(where: string, body: unknown, encodeAsJson: boolean): [Uint8Array | undefined, boolean] {
  if (body === undefined || body === null) return [undefined, false];
  const bytes = bytesOf(body);
  if (bytes !== undefined) return [bytes, encodeAsJson];
  if (typeof body === 'object') return [toUtf8((encodeAsJson ? JSON.stringify(body) : EJSON.stringify(body))!), true];
  throw new TypeError(`${where}: body must be a string, a Binary or a document`);
}

function httpAction(service: string, method: string): Action {
  const where = service === '' ? `context.http.${method}` : `${service}.${method}`;
  return async (argument) => {
    const {body, encodeBodyAsJSON, ...rest} = checkArgument(where, argument);
    const [bytes, isJson] = httpBody(where, body, Boolean(encodeBodyAsJSON));
    const result = await callService(service, method, {...rest, bodyIsJSON: isJson}, bytes);
    const {status, statusCode, contentLength, headers, cookies} = result.value;
    return {status, statusCode, contentLength, headers, cookies, body: new Binary(result.body, 0)};
  };
}

const httpMethods = ['get', 'post', 'put', 'patch', 'delete', 'head'];

function makeHttpClient(service: string): Record<string, Action> {
  return Object.fromEntries(httpMethods.map((method) => [method, httpAction(service, method)]));
}

function makeClient(service: string, actions: string[]): Record<string, Action> {
  const make = (action: string): [string, Action] => {
    const where = `${service}.${action}`;
    return [action, async (argument) => (await callService(service, action, checkArgument(where, argument))).value];
  };
  return Object.fromEntries(actions.map(make));
}

function makeService(name: string, type: string): unknown {
  switch (type) {
    case 'http': return makeHttpClient(name);
    case 'twilio':
    case 'gcm': return makeClient(name, ['send']);
    case 'github': return {};
    case 'aws-ses': return makeClient(name, ['send']);
    case 'aws-s3': return makeClient(name, ['put', 'signPolicy']);
    case 'aws': return makeAwsClient(name);
    case 'mongodb':
    case 'mongodb-atlas':
    case 'datalake': return makeMongoClient(name);
    default: return {};
  }
}

export const http = makeHttpClient('');

export const services = {
  get(name: unknown): unknown {
    const invocation = currentInvocation();
    const service = String(name);
    const type = invocation === undefined ? undefined : native.serviceType(invocation.sequence, service);
    return type === undefined ? undefined : makeService(service, type);
  },
};
