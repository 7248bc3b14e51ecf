exports = function(payload, response) { response.setStatusCode(500); response.setBody(new Error("broken")); };
