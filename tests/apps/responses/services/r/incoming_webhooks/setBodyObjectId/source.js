exports = function(payload, response) { response.setBody(BSON.ObjectId("5e7a1c0f9d3b2a4c6e8f0a11")); };
