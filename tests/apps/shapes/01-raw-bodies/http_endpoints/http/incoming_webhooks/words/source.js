exports = (payload) => ({
  words: context.functions.execute("countWords", payload.body.text()),
  short: context.functions.execute("text/shorten", payload.body.text(), 5),
  unlisted: context.functions.execute("unlisted"),
});
