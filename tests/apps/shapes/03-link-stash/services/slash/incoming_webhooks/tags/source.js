exports = function(payload) {
  const tags = payload.query.text.split(" ").filter((word) => word.startsWith("#"));
  return { text: `${payload.query.user_name}: ${tags.join(", ") || "no tags"}`, keys: Object.keys(payload.query).sort() };
};
