exports = function(payload) {
  return { type: context.user.type, system: context.runningAsSystem(), id: context.user.id };
};
