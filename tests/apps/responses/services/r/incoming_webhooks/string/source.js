exports = function() { return "Hello World!"; };
