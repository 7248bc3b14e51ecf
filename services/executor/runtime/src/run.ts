// What the worker calls: services/executor/js/function_context.cc.
import {importValue} from './clone.ts';
import {toCanonical} from './ejson.ts';
import {explain} from './error_text.ts';
import {
  currentInvocation, enter, Failure, Invocation, ResponseUse, ResultForm, State, Target,
} from './invocation.ts';
import {native, type Outcome} from './native.ts';
import {type Body, functionArguments, githubPayload, httpPayload, twilioPayload} from './payload.ts';
import {toPlain} from './plain_json.ts';
import {hasHeader, HTTPResponse, isResponse, responseState, type ResponseState} from './response.ts';

type Handler = (...args: unknown[]) => unknown;

// What runs after a function did must not find what the function has put in the place of a built-in object.
const {apply} = Reflect;
const {Number: number} = globalThis;

function makeArguments(
    invocation: Invocation, target: Target, headers: string[], query: string, body: Body, isForm: boolean): unknown[] {
  if (target === Target.Function) return functionArguments(headers);
  const response = new HTTPResponse();
  invocation.response = responseState(response);
  switch (target) {
    case Target.WebhookFunction: {
      const args = functionArguments(headers);
      args[args.length] = response;
      return args;
    }
    case Target.GithubWebhook: return [githubPayload(body, isForm), response];
    case Target.TwilioWebhook: return [twilioPayload(query, body), response];
    default: return [httpPayload(headers, query, body, isForm), response];
  }
}

function hasMethod(value: any, name: string): boolean {
  const isObject = (typeof value === 'object' && value !== null) || typeof value === 'function';
  return isObject && typeof value[name] === 'function';
}

function isThenable(value: unknown): boolean {
  return hasMethod(value, 'then');
}

// What a query of a collection gives (spec section 11): its documents are the result.
function isCursor(value: unknown): boolean {
  return typeof value === 'object' && hasMethod(value, 'toArray') && hasMethod(value, 'next');
}

// What a promise and a cursor come to.
async function resultOf(value: any): Promise<unknown> {
  const result = await value;
  return isCursor(result) ? await result.toArray() : result;
}

async function settle(invocation: Invocation, result: unknown): Promise<void> {
  try {
    invocation.returned(await resultOf(result));
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
    const result = apply(handler, undefined, args);
    if (isThenable(result) || isCursor(result)) void settle(invocation, result);
    else invocation.returned(result);
  } catch (error) {
    invocation.failed(Failure.Threw, error);
  }
  return invocation;
}

// Runs a function for another function's context. `caller` and `callerArgs` belong to that context.
export function callFromFunction(
    handler: Handler, caller: Invocation, callerArgs: unknown[], asSystem: boolean): Outcome {
  const invocation = new Invocation(number(caller.sequence), asSystem || caller.runsAsSystem === true);
  const currentBefore = currentInvocation();
  const before = enter(invocation);
  const outcome = {state: 'returned', value: undefined as unknown, subscribe: (_: Handler): void => {}};
  try {
    const args: unknown[] = [];
    for (let i = 0; i < callerArgs.length; ++i) args[i] = importValue(callerArgs[i]);
    const result: any = apply(handler, undefined, args);
    if (isThenable(result) || isCursor(result)) {
      outcome.state = 'pending';
      outcome.subscribe = async (listener: Handler) => {
        try {
          const value = await resultOf(result);
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

function failure(kind: Failure, error: unknown): unknown[] {
  const [message, stack] = explain(error);
  return [-1, kind, message, stack];
}

function write(result: unknown, form: ResultForm): string | undefined {
  if (form === ResultForm.None || result === undefined) return undefined;
  return form === ResultForm.Plain ? toPlain(result) : toCanonical(result);
}

function answerOf(response: ResponseState, status: number, body: unknown): unknown[] {
  const answer: unknown[] = [response.status || status, body];
  for (let i = 0; i < response.headers.length; ++i) answer[i + 2] = response.headers[i];
  return answer;
}

// An endpoint's answer: what was set goes around the result, which only a body that was set replaces (spec section
// 8.1). Where neither is sent the status is 204 (section 8.3).
function aroundResult(response: ResponseState, result: unknown, form: ResultForm): unknown {
  if (response.hasBody) return answerOf(response, 200, response.body);
  if (form === ResultForm.None) return answerOf(response, 204, undefined);
  const text = isResponse(result) ? undefined : write(result, form);
  if (!response.touched) return text;
  const answer = answerOf(response, 200, text);
  if (text !== undefined && !hasHeader(response, 'content-type')) {
    answer[answer.length] = 'Content-Type';
    answer[answer.length] = 'application/json';
  }
  return answer;
}

// What the worker shall answer: null while the function has not settled; [-1, kind, message, stack] for a failure;
// [status, body, name, value, ...] when the response object has a say; otherwise the result as text, undefined for
// none.
export function finish(invocation: Invocation, form: ResultForm, use: ResponseUse): unknown {
  if (invocation.state === State.Running) return null;
  if (invocation.state === State.Failed) return failure(invocation.failureKind, invocation.result);
  const {response, result} = invocation;
  if (use === ResponseUse.InsteadOfResult && response?.touched) return answerOf(response, 200, response.body);
  try {
    if (use === ResponseUse.AroundResult) return aroundResult(response!, result, form);
    return use !== ResponseUse.None && isResponse(result) ? undefined : write(result, form);
  } catch (error) {
    return failure(Failure.Threw, error);
  }
}
