exports = async function() {
  for (let i = 0; i < 1100; i++) { setTimeout(() => {}, 1); }
};
