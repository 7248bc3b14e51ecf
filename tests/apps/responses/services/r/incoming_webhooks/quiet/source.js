exports = function() { return { ignored: true }; };
