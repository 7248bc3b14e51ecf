// Reads a few fields of a push event.
export default function handle(event) {
  const branch = event.ref.slice("refs/heads/".length);
  if (branch === "" || event.repository.full_name === "") return { ok: false };
  return { ok: true, id: event.id, n: event.commits.length };
}
