exports = function() {
  try { context.functions.execute("fails"); } catch (error) { return "caught " + error.message; }
};
