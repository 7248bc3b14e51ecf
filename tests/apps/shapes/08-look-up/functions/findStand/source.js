// Nothing for a stand that is not there.
exports = function(number) {
  const stands = [{ number: 1, name: "tea", since: new Date(1583167607977) }, { number: 2, name: "maps" }];
  return stands.find(stand => stand.number === parseInt(number)) || null;
};
