// Every push; the answer is of no interest to GitHub.
exports = function(event) {
  console.log(`${event.repository.full_name}: ${event.commits.length} commits`);
  return event.commits.length;
};
