exports = function (payload, response) {
  response.setStatusCode(201);
  return "Hello world";
};
