exports = function() { return Array.from({ length: 1e9 }).length; };
