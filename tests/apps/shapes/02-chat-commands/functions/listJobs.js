exports = async function(sender, names) {
  return names.map((name, index) => ({ id: index + 1, name, sender, builder: context.environment.values.builder }));
};
