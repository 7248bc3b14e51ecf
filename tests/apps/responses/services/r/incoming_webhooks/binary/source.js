exports = function(payload) { return payload.body; };
