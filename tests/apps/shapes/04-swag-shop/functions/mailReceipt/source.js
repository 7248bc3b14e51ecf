exports = function(to, text) {
  var letters = context.services.get("letters");
  return letters.send({ toAddress: to, fromAddress: "shop@example.com", subject: "Your order", body: text });
};
