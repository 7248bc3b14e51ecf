exports = (title, who) => `"${title}" by ${who}`;
