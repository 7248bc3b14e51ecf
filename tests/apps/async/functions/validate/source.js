exports = function(arg) {
  return { valid: arg.when instanceof Date, when: arg.when, id: arg.id, hex: arg.id.toString() };
};
