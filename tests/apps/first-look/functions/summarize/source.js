exports = function(commits) {
  return commits.map(commit => commit.message.split("\n")[0]).join("; ");
};
