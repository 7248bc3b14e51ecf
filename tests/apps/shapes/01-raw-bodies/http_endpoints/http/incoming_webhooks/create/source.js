// Keeps the body as it came.
exports = function(payload) {
  const bodies = context.services.get("mongodb-atlas").db("store").collection("bodies");
  return bodies.insertOne({ owner: context.user.id, data: payload.body });
};
