function answerTo(message) {
  return context.services.get('pictures').get({
    scheme: 'https', host: 'pictures.example.com', path: '/search',
    query: { q: [message.text], key: [context.values.get('searchKey')] },
  }).then(result => EJSON.parse(result.body.text()));
}

exports = (payload, response) => {
  const event = EJSON.parse(payload.body.text());
  answerTo(event.message)
      .then(found => context.http.post({ url: 'https://graph.example.com/messages', body: found, encodeBodyAsJSON: true }))
      .then(() => { response.setStatusCode(200); response.setBody('EVENT_RECEIVED'); })
      .catch(error => { response.setStatusCode(500); response.setBody(error); });
};
