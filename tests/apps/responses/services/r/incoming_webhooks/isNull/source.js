exports = function() { return null; };
