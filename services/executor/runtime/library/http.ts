// `http`.
export = require('http_client').makeModule('http:');
