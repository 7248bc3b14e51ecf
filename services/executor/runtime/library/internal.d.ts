// What every module of the library gets besides require, module and exports: see src/require.ts.
declare const internal: import('../src/require.ts').Internal;
declare function require(name: string): any;
declare module '*';
// Globals of every function that the library uses.
declare const Buffer: any;
declare const TextDecoder: any;
declare const TextEncoder: any;
declare const URL: any;
declare const URLSearchParams: any;
declare const console: any;
declare function queueMicrotask(callback: () => void): void;
