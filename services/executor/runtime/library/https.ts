// `https`.
export = require('http_client').makeModule('https:');
