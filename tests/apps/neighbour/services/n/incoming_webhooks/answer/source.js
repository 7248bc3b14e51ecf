exports = function(payload) { return { n: parseInt(payload.query.n) * 2 }; };
