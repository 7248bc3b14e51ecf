const factor = 3;
function times(n) { return n * factor; }
exports = function(payload) {
  counter = times(4);
  return counter;
};
if (typeof module !== 'undefined') { module.exports = exports; }
