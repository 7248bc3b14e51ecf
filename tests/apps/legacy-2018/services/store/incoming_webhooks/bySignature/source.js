exports = function(payload) {
  const queryArg = payload.query.arg || '';
  const body = payload.body ? payload.body.text() : 'none';
  return queryArg + ' ' + body;
};
