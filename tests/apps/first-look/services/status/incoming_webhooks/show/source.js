exports = function(payload) {
  const name = payload.query.name || "world";
  return { greeting: context.values.get("greeting") + ", " + name + "!", asked: new Date(1583167607977) };
};
