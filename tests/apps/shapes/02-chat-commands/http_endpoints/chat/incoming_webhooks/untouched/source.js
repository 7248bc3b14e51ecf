exports = function(payload) {
  return "never reached";
};
