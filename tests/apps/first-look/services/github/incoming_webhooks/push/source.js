// Called by GitHub on every push.
exports = async function(payload, response) {
  const event = EJSON.parse(payload.body.text());
  const branch = event.ref.replace("refs/heads/", "");
  console.log(`${event.commits.length} commits on ${branch} by ${event.pusher.name}`);
  const deliveries = context.services.get("mongodb-atlas").db("first-look").collection("deliveries");
  await deliveries.insertOne({ branch, pusher: event.pusher.name, commits: event.commits.length, received: new Date() });
  if (branch !== context.values.get("deployBranch")) {
    return { deployed: false, branch };
  }
  const summary = context.functions.execute("summarize", event.commits);
  return { deployed: true, branch, commits: event.commits.length, summary };
};
