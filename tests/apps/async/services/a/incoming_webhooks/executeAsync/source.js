exports = async function() {
  const [a, b] = await Promise.all([context.functions.execute("slow", 1), context.functions.execute("slow", 2)]);
  return a + b;
};
