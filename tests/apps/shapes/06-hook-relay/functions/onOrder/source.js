exports = async function(change) {
  const { fullDocument } = change;
  await context.services.get('post').send({
    toAddress: fullDocument.mail, fromAddress: 'relay@example.com', subject: 'Thanks', body: fullDocument.text,
  });
};
