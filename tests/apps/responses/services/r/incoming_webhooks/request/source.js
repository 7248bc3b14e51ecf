exports = function() {
  const r = context.request;
  return { method: r.httpMethod, raw: r.rawQueryString, agent: r.httpUserAgent, referrer: r.httpReferrer, ip: r.remoteIPAddress, path: r.webhookUrl.replace(/^https?:\/\/[^/]+/, "") };
};
