const draw = (label, text, color) => `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="20">` +
    `<rect width="120" height="20" fill="${color}"/><text x="6" y="14">${label}: ${text}</text></svg>`;

// Asks a counter, and draws what it says. Nobody listens where the value points to.
exports = async function(payload, response) {
  const { url, label } = context.values.get("counter");
  const badges = context.services.get("badges");
  const text = await badges.get({ url }).then(result => result.body.text(), () => "unknown");
  response.setHeader("Content-Type", "image/svg+xml");
  response.setHeader("Cache-Control", "no-cache");
  response.setBody(draw(label, text, text === "unknown" ? "gray" : "green"));
};
