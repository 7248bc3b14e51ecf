exports = function(payload, response) { response.setHeader("Content-Type", "image/svg+xml"); response.setBody("<svg/>"); };
