exports = function(payload, response) { response.setBody(JSON.stringify({ a: 1 })); };
