// The global `context` (spec sections 9.3 and 9.4).
import {importValue} from './clone.ts';
import {EJSON} from './ejson.ts';
import {currentInvocation, needInvocation, type Invocation} from './invocation.ts';
import {native, type Outcome} from './native.ts';
import {makeHeaders} from './payload.ts';
import {http, services} from './services.ts';

function waitFor(outcome: Outcome, sequence: number): Promise<unknown> {
  native.beginOperation(sequence);
  return new Promise((resolve, reject) => {
    outcome.subscribe((fulfilled, value) => {
      native.endOperation(sequence);
      try {
        (fulfilled ? resolve : reject)(importValue(value));
      } catch (error) {
        reject(error);
      }
    });
  });
}

// A synchronous function gives its value, an asynchronous one a promise.
function execute(name: unknown, ...args: unknown[]): unknown {
  const invocation = needInvocation('context.functions.execute');
  const outcome = native.callFunction(invocation.sequence, String(name), invocation, args);
  switch (outcome.state) {
    case 'returned': return importValue(outcome.value);
    case 'threw': throw importValue(outcome.value);
    default: return waitFor(outcome, invocation.sequence);
  }
}

function getValue(name: unknown): unknown {
  const text = native.value(String(name));
  return text === undefined ? undefined : JSON.parse(text);
}

function makeUser(invocation: Invocation): object {
  const system = ['', 'system', '', ''];
  const flat = invocation.runsAsSystem ? system : native.user(invocation.sequence) ?? system;
  const [id, type, data, customData] = flat;
  const identities: object[] = [];
  for (let i = 4; i + 1 < flat.length; i += 2) identities.push({id: flat[i], provider_type: flat[i + 1]});
  return {
    id: id || undefined,
    type,
    data: data ? EJSON.parse(data) : {},
    custom_data: customData ? EJSON.parse(customData) : {},
    identities,
  };
}

function makeRequest(invocation: Invocation): object | undefined {
  const flat = native.request(invocation.sequence);
  if (flat === undefined) return undefined;
  const [httpMethod, webhookUrl, rawQueryString, remoteIPAddress, service, action] = flat;
  const requestHeaders = makeHeaders(flat, 6);
  const request: Record<string, unknown> = {remoteIPAddress, requestHeaders, webhookUrl, httpMethod};
  if (rawQueryString) request.rawQueryString = rawQueryString;
  if (requestHeaders.Referer) request.httpReferrer = requestHeaders.Referer[0];
  if (requestHeaders['User-Agent']) request.httpUserAgent = requestHeaders['User-Agent'][0];
  request.service = service;
  request.action = action;
  return request;
}

function makeApp(invocation: Invocation): object {
  const [clientAppId, name] = native.app(invocation.sequence) ?? [];
  return {clientAppId, name};
}

const functions = {execute};
const values = {get: getValue};

// A property that is worked out when it is first read.
function lazy(target: object, name: string, make: () => unknown): void {
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: true,
    get() {
      const value = make();
      Object.defineProperty(target, name, {value, writable: true, enumerable: true, configurable: true});
      return value;
    },
    set(value: unknown) {
      Object.defineProperty(target, name, {value, writable: true, enumerable: true, configurable: true});
    },
  });
}

function makeContext(invocation: Invocation): object {
  const context = {
    services,
    functions,
    values,
    http,
    environment: {tag: '', values: {}},
    runningAsSystem: () => invocation.runsAsSystem || native.user(invocation.sequence)?.[1] === 'system',
  };
  lazy(context, 'user', () => makeUser(invocation));
  lazy(context, 'request', () => makeRequest(invocation));
  lazy(context, 'app', () => makeApp(invocation));
  return context;
}

// The current invocation's; undefined while none runs.
export function currentContext(): object | undefined {
  const invocation = currentInvocation();
  return invocation === undefined ? undefined : (invocation.context ??= makeContext(invocation));
}
