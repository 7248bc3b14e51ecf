exports = () => "has no entry in config.json";
