exports = function() { return context.functions.execute("nobody"); };
