exports = function(payload) {
  const { commits = [], repository } = payload;
  return { repository: repository.full_name, files: [].concat(...commits.map(commit => commit.added)) };
};
