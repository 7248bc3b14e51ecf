exports = function(payload) {
  const pull = payload.pull_request;
  if (!pull || payload.action !== 'closed' || !pull.merged) {
    return 'nothing to do';
  }
  return context.functions.execute('noteFor', pull.title, pull.user.login);
};
