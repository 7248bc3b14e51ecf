exports = function() { return new Date(1583167607977); };
