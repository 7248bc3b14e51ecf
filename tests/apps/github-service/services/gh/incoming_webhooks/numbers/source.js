exports = async (payload) => ({ number: payload.number, half: payload.half, big: payload.big, names: payload.commits.map(c => c.author.name) });
