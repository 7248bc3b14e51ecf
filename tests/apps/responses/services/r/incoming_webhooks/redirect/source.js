exports = function(payload, response) { response.setStatusCode(302); response.setHeader("Location", "https://example.com/"); };
