// Edits of npm packages while they are bundled.
import {readFile} from 'node:fs/promises';

// A plugin of esbuild for the file that `filter` is for: each edit is what stands there and what takes its place, and
// `heading` goes before it all. A package that does not hold a text exactly once is another version, and the build says
// so.
export function replaceTexts(name, filter, edits, heading) {
  return {
    name,
    setup(plugin) {
      plugin.onLoad({filter}, async ({path: file}) => {
        let text = await readFile(file, 'utf8');
        for (const [from, to] of edits) {
          if (text.split(from).length !== 2) throw new Error(`${name}: this is not the version that is known: ${from}`);
          text = text.replace(from, () => to);
        }
        return {contents: `${heading}\n${text}`, loader: 'js'};
      });
    },
  };
}
