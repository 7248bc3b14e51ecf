exports = function(payload, response) { response.setHeader("Content-Type", ["application/json"]); response.setBody(JSON.stringify([1])); };
