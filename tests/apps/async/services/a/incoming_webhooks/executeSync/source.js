exports = function() {
  const r = context.functions.execute("validate", { when: new Date(5), id: BSON.ObjectId("5e7a1c0f9d3b2a4c6e8f0a11") });
  if (r.valid) { return r; }
  return "not valid";
};
