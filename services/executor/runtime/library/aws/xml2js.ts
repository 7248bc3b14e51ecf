// The part of the npm package xml2js that reads.
import parser = require('xml2js/lib/parser');

export = {Parser: parser.Parser};
