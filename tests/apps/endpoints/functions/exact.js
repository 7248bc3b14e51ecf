exports = () => "exact";
