exports = function(payload, response) { response.setBody("plain"); return "ignored"; };
