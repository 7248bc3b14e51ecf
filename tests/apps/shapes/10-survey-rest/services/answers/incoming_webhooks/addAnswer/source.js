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
  const { insertedId } = await answers.insertOne(answer);
  response.setStatusCode(200);
  response.setBody(JSON.stringify({ _id: insertedId.toString() }));
};
