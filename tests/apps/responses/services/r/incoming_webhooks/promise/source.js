exports = function() { return Promise.resolve({ later: true }); };
