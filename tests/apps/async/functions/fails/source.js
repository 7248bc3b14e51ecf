exports = function() { throw new Error("from inside"); };
