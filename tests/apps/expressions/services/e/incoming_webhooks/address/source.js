exports = function() { return "ran"; };
