exports = function f() { return f() + 1; };
