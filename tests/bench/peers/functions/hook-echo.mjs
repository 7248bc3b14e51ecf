// Gets the query as an object.
export default function handle(query) {
  return { x: query.x };
}
