exports = function() {
  return context.functions.execute("listStands");
};
