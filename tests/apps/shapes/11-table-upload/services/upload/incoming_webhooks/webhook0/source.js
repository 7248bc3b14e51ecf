const cells = (line) => line.split(',').map((cell) => cell.trim());

// The columns and the number of rows of a table that a form uploads. Also a Node module, for its tests.
exports = async function(payload, response) {
  const parts = require('form-parts');
  const boundary = parts.boundaryOf(payload.headers['Content-Type'][0]);
  const [file] = parts.parse(payload.body.text(), boundary);
  const [head, ...rows] = file.data.trim().split(/\r?\n/);
  return { file: file.filename, columns: cells(head), rows: rows.length };
};

if (typeof module !== 'undefined') {
  module.exports = exports;
}
