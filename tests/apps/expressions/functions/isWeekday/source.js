exports = function(day) { return day !== "sat" && day !== "sun"; };
