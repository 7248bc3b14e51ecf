exports = () => context.user.type;
