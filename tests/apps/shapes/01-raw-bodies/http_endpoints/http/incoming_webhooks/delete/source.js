// A webhook as the editor begins it.
exports = function(payload, response) {
  const { arg1, arg2 } = payload.query;
  const contentTypes = payload.headers["Content-Type"];
  console.log("arg1, arg2:", arg1, arg2, contentTypes);
  if (payload.body) {
    console.log("body:", payload.body.text());
  }
  return "Hello from the template";
};
