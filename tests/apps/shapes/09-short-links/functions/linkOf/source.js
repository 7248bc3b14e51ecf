exports = (name) => context.values.get("links")[name];
