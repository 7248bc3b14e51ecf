exports = async function(n) {
  await new Promise(resolve => setTimeout(resolve, 5));
  return n * 10;
};
