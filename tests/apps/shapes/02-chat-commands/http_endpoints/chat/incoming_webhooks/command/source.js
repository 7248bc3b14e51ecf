// A slash command: form fields are in the query, and the body is there for the signature.
exports = async function(payload, response) {
  const check = context.functions.execute("checkSender", payload);
  if (!check.valid) {
    response.setStatusCode(401);
    return;
  }
  const jobs = await context.functions.execute("listJobs", check.sender, payload.query.text.split(","));
  response.setHeader("Content-Type", "application/json");
  response.setStatusCode(200);
  response.setBody(JSON.stringify({ text: jobs.map((job) => `${job.id}. ${job.name} (${job.builder})`).join("\n") }));
};
