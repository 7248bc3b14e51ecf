// Nobody awaits the work, but the answer has to have its result.
exports = function(payload, response) {
  setTimeout(() => { response.setBody("after the timer"); }, 20);
};
