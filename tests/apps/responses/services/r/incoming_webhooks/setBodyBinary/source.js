exports = function(payload, response) { response.setBody(payload.body); response.setHeader("Content-Type", "application/octet-stream"); };
