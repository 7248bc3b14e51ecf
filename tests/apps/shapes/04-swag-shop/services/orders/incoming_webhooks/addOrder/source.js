// This function is the webhook's request handler.
exports = function(payload) {
  // Data can be extracted from the request as follows:
  var queryArg = payload.query.arg || '';
  var body = {};
  if (payload.body) {
    body = EJSON.parse(payload.body.text());
  }
  var sizes = context.values.get("sizes");
  return { arg: queryArg, known: sizes.indexOf(body.size) >= 0, count: body.count };
};
