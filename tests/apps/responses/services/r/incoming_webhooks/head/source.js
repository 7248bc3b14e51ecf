exports = function() { return "seen"; };
