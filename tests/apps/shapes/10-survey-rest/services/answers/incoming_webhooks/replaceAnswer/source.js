exports = async function(payload, response) {
  response.setHeader("Content-Type", ["application/json"]);
  const answer = EJSON.parse(payload.body.text());
  const wrong = context.functions.execute("checkAnswer", answer);
  if (wrong) {
    response.setStatusCode(422);
    response.setBody(JSON.stringify({ error: wrong }));
    return;
  }
  const answers = context.services.get("mongodb-atlas").db("survey").collection("answers");
  const { matchedCount } = await answers.updateOne({ _id: BSON.ObjectId(payload.query.id) }, { $set: answer });
  response.setStatusCode(matchedCount ? 200 : 400);
};
