# Sourced by the checks: files PATTERN... lists the repository's files, new ones that nobody has added yet included.
files() { git ls-files --cached --others --exclude-standard -- "$@" | while IFS= read -r file; do
  # A file that was deleted and not yet committed is still listed.
  [ ! -f "$file" ] || printf '%s\n' "$file"
done; }
