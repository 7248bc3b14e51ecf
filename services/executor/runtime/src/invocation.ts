// One invocation as the runtime library sees it.
import {native} from './native.ts';
import type {ResponseState} from './response.ts';

// As in overlock.executor.v1.Failure.Kind.
export const enum Failure {
  Threw = 1,
  BadPayload = 9,
}

// What is called, and thereby what the arguments are.
export const enum Target {
  // A webhook of an HTTP service, or an endpoint.
  Http = 1,
  GithubWebhook = 2,
  TwilioWebhook = 3,
  Function = 4,
  // A webhook's function, called with arguments and a new HTTPResponse().
  WebhookFunction = 5,
}

// How a result is written.
export const enum ResultForm {
  // Not at all.
  None = 0,
  // Canonical Extended JSON.
  Canonical = 1,
  // Standard JSON.
  Plain = 2,
}

// What the response object does when the function used it.
export const enum ResponseUse {
  None = 0,
  // It is the answer, and the result is not (webhooks).
  InsteadOfResult = 1,
  // It is the answer, and the result its body unless the function set one (endpoints).
  AroundResult = 2,
}

export const enum State {
  Running = 0,
  Returned = 1,
  Failed = 2,
}

// Belongs to one context: a function that is called by another function gets one of its own, with the same sequence.
export class Invocation {
  state: State = State.Running;
  result: unknown = undefined;
  failureKind: Failure = Failure.Threw;
  // The setters' state, when the function got a response object.
  response: ResponseState | undefined = undefined;
  // The value of the global `context`, made when it is first read.
  context: object | undefined = undefined;

  constructor(readonly sequence: number, readonly runsAsSystem: boolean) {}

  returned(result: unknown): void {
    this.state = State.Returned;
    this.result = result;
  }

  failed(kind: Failure, error: unknown): void {
    this.state = State.Failed;
    this.failureKind = kind;
    this.result = error;
  }
}

// The invocation that the worker entered. Code that V8 runs without telling to which invocation it belongs (a `then`
// method of the function's own) counts as this one's.
let entered: Invocation | undefined;

export function enter(invocation: Invocation | undefined): Invocation | undefined {
  const before = entered;
  entered = invocation;
  native.setCurrent(invocation);
  return before;
}

export function currentInvocation(): Invocation | undefined {
  return native.getCurrent() ?? entered;
}

export function needInvocation(what: string): Invocation {
  const invocation = currentInvocation();
  if (invocation === undefined) throw new Error(`${what}: no invocation is running`);
  return invocation;
}
