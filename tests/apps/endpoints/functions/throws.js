exports = function () {
  throw new Error("no more orders");
};
