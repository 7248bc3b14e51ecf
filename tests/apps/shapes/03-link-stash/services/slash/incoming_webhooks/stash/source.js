exports = async function(payload) {
  const { text, user_name: who } = payload.query;
  const [url, ...tags] = (text || "").split(" ");
  if (!/^https?:/.test(url)) {
    return { text: "Give me a link: /stash https://example.com some tags" };
  }
  const links = context.services.get("mongodb-atlas").db("stash").collection("links");
  const { insertedId } = await links.insertOne({ url, tags, who, at: new Date() });
  return { text: `Stashed ${url} as ${insertedId}` };
};
