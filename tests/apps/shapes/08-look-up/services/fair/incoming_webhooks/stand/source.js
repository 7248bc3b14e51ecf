exports = function(payload) {
  return context.functions.execute("findStand", payload.query.number);
};
