// FORWARD goes to the office; everything else is answered at once.
exports = async function(payload) {
  const [word, ...rest] = payload.Body.trim().split(' ');
  const office = context.values.get('office');
  if (word.toUpperCase() === 'FORWARD') {
    const twilio = context.services.get('texts');
    await twilio.send({ to: office, from: payload.To, body: `${payload.From}: ${rest.join(' ')}` });
    return 'forwarded';
  }
  return `${payload.From} in ${payload.FromCity || 'nowhere'}: ${word}`;
};
