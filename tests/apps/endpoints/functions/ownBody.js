exports = function (payload, response) {
  response.setStatusCode(202).setHeader("X-Made", "yes").setBody("own");
  return "not sent";
};
