exports = () => "nested";
