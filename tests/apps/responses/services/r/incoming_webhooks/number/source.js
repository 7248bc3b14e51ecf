exports = () => 900;
