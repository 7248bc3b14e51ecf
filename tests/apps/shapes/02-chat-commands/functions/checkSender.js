// Whether the chat server signed this request with our key. The age of the time stamp is not looked at.
exports = function(payload) {
  const [signature] = payload.headers["X-Chat-Signature"] || [""];
  const [time] = payload.headers["X-Chat-Time"] || [""];
  const text = `v0:${time}:${payload.body ? payload.body.text() : ""}`;
  const digest = utils.crypto.hmac(text, context.values.get("chatKey"), "sha256", "hex");
  return { valid: signature === `v0=${digest}`, sender: payload.query.user_name };
};
