exports = function(payload) {
  return payload.pull_request && payload.action === 'opened';
};
