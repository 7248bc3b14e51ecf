exports = () => context.request.httpMethod;
