// What is said of something that was thrown.
import {Kind, native} from './native.ts';

const {String: textOf} = globalThis;
const {stringify} = JSON;
const {isArray} = Array;
const {call} = Function.prototype;
const replaceAll: (text: string, part: string, by: string) => string = call.bind(String.prototype.replaceAll) as never;

const causesMax = 4;
const errorsMax = 5;

function isError(value: unknown): boolean {
  return native.kindOf(value) === Kind.Error;
}

// The text of whatever was thrown. The error may come from another context.
function messageOf(error: any): string {
  try {
    if (typeof error !== 'object' || error === null || isError(error)) return textOf(error);
    const text = textOf(error);
    return text === '[object Object]' ? stringify(error) ?? text : text;
  } catch {
    return 'a value without a text form was thrown';
  }
}

function indented(text: string): string {
  return replaceAll(text, '\n', '\n  ');
}

// Behind the stack: what the error says it came from.
function reasonsOf(error: any, depth: number): string {
  let text = '';
  const {cause, errors} = error;
  if (cause !== undefined) text += `\n  [cause]: ${indented(stackOf(cause, depth + 1) || messageOf(cause))}`;
  if (!isArray(errors)) return text;
  for (let i = 0; i < errors.length && i < errorsMax; ++i) {
    text += `\n  [errors][${i}]: ${indented(stackOf(errors[i], depth + 1) || messageOf(errors[i]))}`;
  }
  return text;
}

function stackOf(error: any, depth: number): string {
  try {
    if (!isError(error)) return '';
    const stack = native.errorStack(error);
    return stack === '' || depth > causesMax ? stack : stack + reasonsOf(error, depth);
  } catch {
    return '';
  }
}

// Message and stack; the stack is empty where what was thrown is no Error.
export function explain(error: unknown): [string, string] {
  return [messageOf(error), stackOf(error, 0)];
}
