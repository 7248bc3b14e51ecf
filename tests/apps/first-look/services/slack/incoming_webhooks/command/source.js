// A Slack slash command: its form fields land in payload.query.
exports = function(payload, response) {
  const { command, text, user_name } = payload.query;
  const words = (text || "").split(" ").filter(word => word.length > 0);
  response.setStatusCode(200);
  response.setHeader("Content-Type", "application/json");
  response.setBody(JSON.stringify({
    response_type: "ephemeral",
    text: `<@${user_name}> ran ${command} with ${words.length} words`,
  }));
};
