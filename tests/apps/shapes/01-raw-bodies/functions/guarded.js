exports = function() {
  return "let in";
};
