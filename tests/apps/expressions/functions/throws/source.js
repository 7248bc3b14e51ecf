exports = function() { throw new Error("not today"); };
