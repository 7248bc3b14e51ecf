exports = (payload) => ({got: typeof payload});
