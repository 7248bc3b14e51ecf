// Takes the place of lib/core of the npm package aws-sdk: what its protocols need of it, with neither network nor
// credentials.
import {Buffer} from 'buffer';
import util = require('aws-sdk/lib/util');
import Shape = require('aws-sdk/lib/model/shape');

util.Buffer = Buffer;
util.isNode = () => false;
util.isBrowser = () => true;

// XML and ParamValidator are filled in by what needs this module first: see index.ts.
const core: any = {util, Model: {Shape}, XML: {}};

export = core;
