const MODE = 'hub.mode';
const tell = (response, status, text) => { response.setStatusCode(status); response.setBody(text); };

exports = (payload, response) => {
  const token = payload.query['hub.verify_token'];
  if (payload.query[MODE] === 'subscribe' && token === context.values.get('verifyToken')) {
    tell(response, 200, payload.query['hub.challenge']);
  } else {
    tell(response, 403, 'wrong token');
  }
};
