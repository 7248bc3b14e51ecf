// The answer's text becomes the reply.
exports = function(payload, response) {
  if (!payload.Body) { return "empty"; }
  response.setBody(`You wrote "${payload.Body}" from ${payload.FromCity || payload.From}`);
};
