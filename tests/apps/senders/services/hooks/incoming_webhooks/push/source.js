exports = (payload) => ({got: payload.body ? payload.body.text() : null});
