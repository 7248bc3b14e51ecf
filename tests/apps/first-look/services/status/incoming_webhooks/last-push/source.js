// What the webhook `push` stored last.
exports = async function(payload) {
  const deliveries = context.services.get("mongodb-atlas").db("first-look").collection("deliveries");
  const [last] = await deliveries.find({ branch: payload.query.branch }, { _id: 0, received: 0 })
    .sort({ received: -1 }).limit(1).toArray();
  return last || null;
};
