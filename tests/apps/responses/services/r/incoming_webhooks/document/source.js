exports = function() { return { a: 1, b: 1.5, c: "x", d: [true, null], e: { f: 3000000000 } }; };
