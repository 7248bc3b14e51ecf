// The global `context` (spec sections 9.3 and 9.4).
import {importValue} from './clone.ts';
import {EJSON} from './ejson.ts';
import {currentInvocation, needInvocation, type Invocation} from './invocation.ts';
import {Kind, native, type Outcome} from './native.ts';
import {makeHeaders} from './payload.ts';
import {http, services} from './services.ts';

const {defineProperty} = Object;
const {parse} = JSON;
const {String: textOf} = globalThis;
const {call} = Function.prototype;
const indexOf: (text: string, part: string) => number = call.bind(String.prototype.indexOf) as never;
const slice: (text: string, begin: number) => string = call.bind(String.prototype.slice) as never;

// An error of the callee, with the frames of the caller, at whose call `called` was made, behind its own.
function importError(value: unknown, called: Error): unknown {
  const error = importValue(value);
  if (native.kindOf(error) !== Kind.Error) return error;
  const frames = native.errorStack(called);
  const begin = indexOf(frames, '\n');
  if (begin >= 0) {
    defineProperty(error, 'stack', {
      value: native.errorStack(error) + slice(frames, begin),
      writable: true,
      configurable: true,
    });
  }
  return error;
}

function waitFor(outcome: Outcome, sequence: number, called: Error): Promise<unknown> {
  native.beginOperation(sequence);
  return new Promise((resolve, reject) => {
    outcome.subscribe((fulfilled, value) => {
      native.endOperation(sequence);
      try {
        if (fulfilled) resolve(importValue(value));
        else reject(importError(value, called));
      } catch (error) {
        reject(error);
      }
    });
  });
}

// A synchronous function gives its value, an asynchronous one a promise.
function execute(name: unknown, ...args: unknown[]): unknown {
  const invocation = needInvocation('context.functions.execute');
  const outcome = native.callFunction(invocation.sequence, textOf(name), invocation, args);
  switch (outcome.state) {
    case 'returned': return importValue(outcome.value);
    case 'threw': throw importError(outcome.value, new Error());
    default: return waitFor(outcome, invocation.sequence, new Error());
  }
}

function getValue(name: unknown): unknown {
  const text = native.value(textOf(name));
  return text === undefined ? undefined : parse(text);
}

const systemUser = ['', 'system', '', ''];

function makeUser(invocation: Invocation): object {
  const flat = invocation.runsAsSystem ? systemUser : native.user(invocation.sequence) ?? systemUser;
  const identities: object[] = [];
  for (let i = 4; i + 1 < flat.length; i += 2) {
    identities[identities.length] = {id: flat[i], provider_type: flat[i + 1]};
  }
  return {
    id: flat[0] || undefined,
    type: flat[1],
    data: flat[2] ? EJSON.parse(flat[2]) : {},
    custom_data: flat[3] ? EJSON.parse(flat[3]) : {},
    identities,
  };
}

function makeRequest(invocation: Invocation): object | undefined {
  const flat = native.request(invocation.sequence);
  if (flat === undefined) return undefined;
  const requestHeaders = makeHeaders(flat, 6);
  const request: Record<string, unknown> = {
    remoteIPAddress: flat[3],
    requestHeaders,
    webhookUrl: flat[1],
    httpMethod: flat[0],
  };
  if (flat[2]) request.rawQueryString = flat[2];
  if (requestHeaders.Referer) request.httpReferrer = requestHeaders.Referer[0];
  if (requestHeaders['User-Agent']) request.httpUserAgent = requestHeaders['User-Agent'][0];
  request.service = flat[4];
  request.action = flat[5];
  return request;
}

// Where Stitch ran the functions of an application that was deployed locally.
const regions: Record<string, string> = {
  __proto__: null as never,
  'US-VA': 'aws-us-east-1', 'US-OR': 'aws-us-west-2', IE: 'aws-eu-west-1', AU: 'aws-ap-southeast-2',
  'DE-FF': 'aws-eu-central-1', 'IN-MB': 'aws-ap-south-1', 'BR-SP': 'aws-sa-east-1', SG: 'aws-ap-southeast-1',
};

// Of what an export does not hold there is nothing to tell.
function makeApp(invocation: Invocation): object {
  const flat = native.app(invocation.sequence);
  return {
    id: flat?.[0],
    clientAppId: flat?.[0],
    name: flat?.[1],
    projectId: undefined,
    deployment: {model: flat?.[3], providerRegion: regions[flat?.[2] ?? '']},
    lastDeployed: undefined,
    hostingUri: undefined,
  };
}

function makeEnvironment(invocation: Invocation): object {
  const flat = native.environment(invocation.sequence);
  const environmentValues: Record<string, unknown> = {};
  for (let i = 1; flat !== undefined && i + 1 < flat.length; i += 2) {
    defineProperty(environmentValues, flat[i]!, {
      value: parse(flat[i + 1]!),
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
  return {tag: flat?.[0] ?? '', values: environmentValues};
}

const functions = {execute};
const values = {get: getValue};

// A property that is worked out when it is first read.
function lazy(target: object, name: string, make: () => unknown): void {
  defineProperty(target, name, {
    configurable: true,
    enumerable: true,
    get() {
      const value = make();
      defineProperty(target, name, {value, writable: true, enumerable: true, configurable: true});
      return value;
    },
    set(value: unknown) {
      defineProperty(target, name, {value, writable: true, enumerable: true, configurable: true});
    },
  });
}

function makeContext(invocation: Invocation): object {
  const context = {
    services,
    functions,
    values,
    http,
    runningAsSystem: () => invocation.runsAsSystem || native.user(invocation.sequence)?.[1] === 'system',
  };
  lazy(context, 'user', () => makeUser(invocation));
  lazy(context, 'request', () => makeRequest(invocation));
  lazy(context, 'app', () => makeApp(invocation));
  lazy(context, 'environment', () => makeEnvironment(invocation));
  return context;
}

// The current invocation's; undefined while none runs.
export function currentContext(): object | undefined {
  const invocation = currentInvocation();
  return invocation === undefined ? undefined : (invocation.context ??= makeContext(invocation));
}
