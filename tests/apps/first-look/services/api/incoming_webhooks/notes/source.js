exports = function(payload, response) {
  switch (context.request.httpMethod) {
    case "GET":
      return [{ id: 1, text: "buy thread" }];
    case "POST":
      return response.setStatusCode(201).setBody(payload.body.text());
    case "DELETE":
      response.setStatusCode(204);
      return;
    default:
      return { method: context.request.httpMethod, query: context.request.rawQueryString };
  }
};
