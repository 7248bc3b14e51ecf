exports = function() { return null.nothing; };
