exports = function(payload, response) {
  const link = context.functions.execute("linkOf", payload.query.name);
  if (link === undefined) {
    response.setStatusCode(404);
    response.setBody("no such link");
    return;
  }
  response.setStatusCode(302);
  response.setHeader('Location', link);
};
