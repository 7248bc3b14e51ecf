// What a dialog sends: one form field that holds JSON.
exports = function(payload, response) {
  const { valid } = context.functions.execute("checkSender", payload);
  if (!valid) { return response.setStatusCode(401).setBody("who are you?"); }
  const { view } = JSON.parse(payload.query.payload);
  const errors = view.values.branch ? {} : { branch: "is missing" };
  response.setHeader("Content-Type", "application/json");
  response.setBody(JSON.stringify({ response_action: Object.keys(errors).length ? "errors" : "clear", errors }));
};
