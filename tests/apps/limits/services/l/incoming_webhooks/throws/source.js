exports = function() { throw new RangeError("out of thread"); };
