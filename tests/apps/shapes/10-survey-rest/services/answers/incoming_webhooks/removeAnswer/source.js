exports = async function(payload, response) {
  response.setHeader("Content-Type", ["application/json"]);
  let id;
  try {
    id = BSON.ObjectId(payload.query.id);
  } catch (error) {
    response.setStatusCode(400);
    response.setBody(JSON.stringify({ error: "id must have 24 hexadecimal digits" }));
    return;
  }
  const { deletedCount } = await context.services.get("mongodb-atlas").db("survey").collection("answers").deleteOne({ _id: id });
  response.setBody(JSON.stringify({ deletedCount }));
};
