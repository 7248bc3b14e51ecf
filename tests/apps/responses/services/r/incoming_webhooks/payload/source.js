exports = function({ query, headers, body }) {
  return { query, type: headers["Content-Type"], custom: headers["X-Custom-Header"], text: body ? body.text() : "no body", hex: body && body.toHex() };
};
