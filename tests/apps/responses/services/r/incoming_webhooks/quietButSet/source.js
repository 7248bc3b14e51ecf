exports = function(payload, response) { response.setStatusCode(418); response.setBody("teapot"); return 1; };
