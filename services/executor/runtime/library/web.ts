// The web's classes that need no parser of their own: events, aborting, and what fetch works with.
import headers = require('./headers');
import body = require('./body');
import events = require('./event_target');
import fetching = require('./fetch');

export = {...events, ...headers, ...body, ...fetching};
