exports = function ({ query, headers, body }) {
  return { query, tag: headers["X-Tag"], body: body && body.text() };
};
