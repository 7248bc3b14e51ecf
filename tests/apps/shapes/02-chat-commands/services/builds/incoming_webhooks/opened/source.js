exports = function(event) {
  if (event.action !== "opened") { return { ignored: event.action }; }
  return { number: event.pull_request.number, by: event.pull_request.user.login };
};
