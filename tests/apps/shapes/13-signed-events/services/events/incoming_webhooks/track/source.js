// The secret in the URL keeps strangers out; the signature says that nobody changed the body on its way.
exports = async function(payload, response) {
  const body = payload.body.text();
  const digest = utils.crypto.hmac(body, context.values.get("sharedSecret"), "sha1", "hex");
  const [signature = ""] = payload.headers["X-Signature"] || [];
  if (signature.replace(/^sha1=/, "") !== digest) {
    response.setStatusCode(401);
    response.setBody("bad signature");
    return;
  }
  const event = JSON.parse(body);
  return { type: event.type, secretIsHidden: payload.query.secret === undefined };
};
