exports = function(payload, response) { response.setStatusCode(202); return { ignored: true }; };
