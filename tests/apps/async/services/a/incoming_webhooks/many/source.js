exports = async function() {
  const waits = [];
  for (let i = 0; i < 900; i++) { waits.push(new Promise(resolve => setTimeout(() => resolve(i), 1))); }
  const all = await Promise.all(waits);
  return all.length;
};
