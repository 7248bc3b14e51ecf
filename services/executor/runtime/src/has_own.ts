// V8 sets up Object.hasOwn after a snapshot is made: what is read of `Object` while that is made does not have it.
export const hasOwn: (object: object, name: PropertyKey) => boolean =
    Function.prototype.call.bind(Object.prototype.hasOwnProperty);
