exports = () => console.log('good morning');
