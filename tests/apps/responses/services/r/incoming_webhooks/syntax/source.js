exports = function( { return 1; };
