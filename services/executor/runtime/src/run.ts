// What the worker calls: services/executor/js/function_context.cc.
import {importValue} from './clone.ts';
import {toCanonical} from './ejson.ts';
import {currentInvocation, enter, Failure, Invocation, State, Target} from './invocation.ts';
import {Kind, native, type Outcome} from './native.ts';
import {type Body, functionArguments, githubPayload, httpPayload, twilioPayload} from './payload.ts';
import {HTTPResponse, isResponse, responseState} from './response.ts';

type Handler = (...args: unknown[]) => unknown;

// An error may come from another context, whose objects the code of this one must not see.
const {String: textOf} = globalThis;
const {stringify} = JSON;

// The name of this bundle as the worker compiles it; its lines are of no use to the owner of a function.
const ownScript = 'overlock:runtime';

function makeArguments(
    invocation: Invocation, target: Target, headers: string[], query: string, body: Body, isForm: boolean): unknown[] {
  if (target === Target.Function) return functionArguments(headers);
  const response = new HTTPResponse();
  invocation.response = responseState(response);
  switch (target) {
    case Target.WebhookFunction: return [...functionArguments(headers), response];
    case Target.GithubWebhook: return [githubPayload(body, isForm), response];
    case Target.TwilioWebhook: return [twilioPayload(query, body), response];
    default: return [httpPayload(headers, query, body, isForm), response];
  }
}

function isThenable(value: any): boolean {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isObject && typeof value.then === 'function';
}

async function settle(invocation: Invocation, promise: unknown): Promise<void> {
  try {
    invocation.returned(await promise);
  } catch (error) {
    invocation.failed(Failure.Threw, error);
  }
  native.settled(invocation.sequence);
}

// Before a function's script is loaded: its top level may read `context`, too.
export function prepare(sequence: number, asSystem: boolean): void {
  enter(new Invocation(sequence, asSystem));
}

// Runs a function for a request. For Target.Function and Target.WebhookFunction `headers` are the arguments as
// Extended JSON.
export function invoke(
    handler: Handler, sequence: number, target: Target, headers: string[], query: string, body: Body,
    isForm: boolean): Invocation {
  const invocation = new Invocation(sequence, false);
  enter(invocation);
  let args: unknown[];
  try {
    args = makeArguments(invocation, target, headers, query, body, isForm);
  } catch (error) {
    invocation.failed(Failure.BadPayload, error);
    return invocation;
  }
  try {
    const result = Reflect.apply(handler, undefined, args);
    if (isThenable(result)) void settle(invocation, result);
    else invocation.returned(result);
  } catch (error) {
    invocation.failed(Failure.Threw, error);
  }
  return invocation;
}

// Runs a function for another function's context. `caller` and `callerArgs` belong to that context.
export function callFromFunction(
    handler: Handler, caller: Invocation, callerArgs: unknown[], asSystem: boolean): Outcome {
  const invocation = new Invocation(Number(caller.sequence), asSystem || caller.runsAsSystem === true);
  const currentBefore = currentInvocation();
  const before = enter(invocation);
  const outcome = {state: 'returned', value: undefined as unknown, subscribe: (_: Handler): void => {}};
  try {
    const args: unknown[] = [];
    for (let i = 0; i < callerArgs.length; ++i) args[i] = importValue(callerArgs[i]);
    const result: any = Reflect.apply(handler, undefined, args);
    if (isThenable(result)) {
      outcome.state = 'pending';
      outcome.subscribe = async (listener: Handler) => {
        try {
          const value = await result;
          listener(true, value);
        } catch (error) {
          listener(false, error);
        }
      };
    } else {
      outcome.value = result;
    }
  } catch (error) {
    outcome.state = 'threw';
    outcome.value = error;
  } finally {
    enter(before);
    native.setCurrent(currentBefore);
  }
  return outcome as Outcome;
}

// The text of whatever was thrown.
export function describe(error: any): string {
  try {
    if (typeof error !== 'object' || error === null || native.kindOf(error) === Kind.Error) return textOf(error);
    const text = textOf(error);
    return text === '[object Object]' ? stringify(error) : text;
  } catch {
    return 'a value without a text form was thrown';
  }
}

function stackOf(error: any): string {
  try {
    const stack = native.kindOf(error) === Kind.Error ? error.stack : '';
    return typeof stack === 'string' ? stack.split('\n').filter((line) => !line.includes(ownScript)).join('\n') : '';
  } catch {
    return '';
  }
}

function failure(kind: Failure, error: unknown): unknown[] {
  return [-1, kind, describe(error), stackOf(error)];
}

// What the worker shall answer: null while the function has not settled; [-1, kind, message, stack] for a failure;
// [status, body, name, value, ...] when the response object was used; otherwise the result as Extended JSON, undefined
// for none. `wantsResult` is false where the result is not sent, `responds` where the response object does not count.
export function finish(invocation: Invocation, wantsResult: boolean, responds: boolean): unknown {
  if (invocation.state === State.Running) return null;
  if (invocation.state === State.Failed) return failure(invocation.failureKind, invocation.result);
  const response = invocation.response;
  if (responds && response?.touched) return [response.status, response.body, ...response.headers];
  const result = invocation.result;
  if (!wantsResult || result === undefined || (responds && isResponse(result))) return undefined;
  try {
    return toCanonical(result);
  } catch (error) {
    return failure(Failure.Threw, error);
  }
}
