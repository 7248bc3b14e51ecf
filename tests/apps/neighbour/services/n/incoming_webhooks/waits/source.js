exports = async function(payload) { await new Promise(resolve => setTimeout(resolve, 30)); return "waited " + payload.query.n; };
