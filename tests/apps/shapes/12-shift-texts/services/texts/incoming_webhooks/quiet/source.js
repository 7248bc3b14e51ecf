exports = function(payload) {
  console.log(payload.MessageSid, payload.FromCountry);
};
