exports = async () => true;
