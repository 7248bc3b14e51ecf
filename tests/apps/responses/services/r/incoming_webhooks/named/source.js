var exports = function hook(payload) { return typeof payload; };
