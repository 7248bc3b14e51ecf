exports = function () {
  const { webhookUrl, httpMethod, rawQueryString, service, action } = context.request;
  return { webhookUrl, httpMethod, rawQueryString, service, action, system: context.runningAsSystem() };
};
