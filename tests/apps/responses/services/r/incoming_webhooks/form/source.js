exports = function(payload) { return { query: payload.query, raw: payload.body.text() }; };
