exports = function (payload) {
  return context.values.get("greeting") + ", " + (payload.query.name || "world") + "!";
};
