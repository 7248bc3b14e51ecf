exports = () => 0.25;
