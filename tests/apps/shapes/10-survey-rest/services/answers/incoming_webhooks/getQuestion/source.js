exports = async function(payload, response) {
  response.setHeader("Content-Type", ["application/json"]);
  const found = context.values.get("questions").filter(({ id }) => id === parseInt(payload.query.id));
  if (found.length === 0) {
    response.setStatusCode(400);
    response.setBody(JSON.stringify({ error: "no such question", stage: context.environment.values.stage }));
    return;
  }
  response.setStatusCode(200);
  response.setBody(JSON.stringify(found[0]));
};
