exports = function(payload) {
  return context.functions.execute('noteFor', payload.Body, payload.From);
};
