const sender = (payload) => (payload.headers['X-Hub-Signature'] || [''])[0];

exports = (payload, response) => {
  Promise.resolve(payload.body.text())
      .then(text => utils.crypto.hmac(text, context.values.get('appSecret'), 'sha1', 'hex'))
      .then(digest => { if (`sha1=${digest}` !== sender(payload)) throw new Error('not signed by them'); })
      .then(() => { response.setStatusCode(200); response.setBody('EVENT_RECEIVED'); })
      .catch(error => { response.setStatusCode(403); response.setBody(error); });
};
