exports = function(payload, response) { return response.setStatusCode(201).setHeader("X-Thread", "red").addHeader("X-Thread", "blue").setBody("done"); };
