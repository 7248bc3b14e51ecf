exports = function(payload, response) { response.setBody("<!DOCTYPE html><html><body>hi</body></html>"); };
