#include "services/edge/query.h"

namespace overlock::edge {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Compares without building a string: this runs for every pair of every request.
bool DecodesTo(std::string_view text, std::string_view plain) {
  size_t at = 0;
  for (size_t i = 0; i < text.size(); ++i, ++at) {
    char c = text[i];
    if (c == '%' && i + 2 < text.size()) {
      int high = HexDigit(text[i + 1]), low = HexDigit(text[i + 2]);
      if (high >= 0 && low >= 0) {
        c = static_cast<char>(high * 16 + low);
        i += 2;
      }
    }
    if (at >= plain.size() || plain[at] != c) return false;
  }
  return at == plain.size();
}

bool IsSecret(std::string_view pair) { return DecodesTo(pair.substr(0, pair.find('=')), "secret"); }

// Calls `visit(pair)` until it returns false.
template <class Visit>
void ForEachPair(std::string_view query, Visit visit) {
  while (true) {
    size_t end = query.find('&');
    if (!visit(query.substr(0, end)) || end == std::string_view::npos) return;
    query.remove_prefix(end + 1);
  }
}

}  // namespace

bool HasSecret(std::string_view raw_query) {
  bool found = false;
  ForEachPair(raw_query, [&](std::string_view pair) { return !(found = IsSecret(pair)); });
  return found;
}

std::string WithoutSecret(std::string_view raw_query) {
  std::string rest;
  rest.reserve(raw_query.size());
  bool first = true;
  ForEachPair(raw_query, [&](std::string_view pair) {
    if (IsSecret(pair)) return true;
    if (!first) rest += '&';
    first = false;
    rest += pair;
    return true;
  });
  return rest;
}

std::optional<std::string> PercentDecode(std::string_view text) {
  std::string plain;
  plain.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1, low = high >= 0 ? HexDigit(text[i + 2]) : -1;
    if (low < 0) return std::nullopt;
    plain += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return plain;
}

}  // namespace overlock::edge
