exports = (payload) => payload.Body;
