exports = function(payload) { return { has: payload.body !== undefined }; };
