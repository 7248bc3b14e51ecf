exports = function() { for (;;) {} };
