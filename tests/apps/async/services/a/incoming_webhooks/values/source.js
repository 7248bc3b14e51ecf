exports = function() { return { text: context.values.get("text"), object: context.values.get("object"), none: typeof context.values.get("none") }; };
