exports = async function() { throw new Error("too late"); };
