exports = function(payload, response) {
  Promise.resolve(1).then(n => n + 1).then(n => { response.setStatusCode(200 + n); response.setBody("n=" + n); });
};
