// What is wrong with an answer; undefined if nothing is.
exports = function(answer) {
  if (!Number.isInteger(answer.question)) { return "question must be a number"; }
  if (typeof answer.text !== "string" || answer.text.trim() === "") { return "text must not be empty"; }
};
