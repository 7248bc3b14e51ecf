#include "services/executor/js/content_type.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "absl/strings/match.h"

namespace overlock::executor::js {
namespace {

using std::literals::string_view_literals::operator""sv;

constexpr size_t kLookedAtBytes = 512;

constexpr std::string_view kHtmlTags[] = {
    "<!DOCTYPE HTML", "<HTML",  "<HEAD", "<SCRIPT", "<IFRAME", "<H1", "<DIV", "<FONT", "<TABLE", "<A",
    "<STYLE",         "<TITLE", "<B",    "<BODY",   "<BR",     "<P",  "<!--"};

struct Signature {
  std::string_view prefix;
  std::string_view type;
};
constexpr Signature kSignatures[] = {
    {"<?xml"sv, "text/xml; charset=utf-8"sv},
    {"%PDF-"sv, "application/pdf"sv},
    {"%!PS-Adobe-"sv, "application/postscript"sv},
    {"\xfe\xff"sv, "text/plain; charset=utf-16be"sv},
    {"\xff\xfe"sv, "text/plain; charset=utf-16le"sv},
    {"\xef\xbb\xbf"sv, "text/plain; charset=utf-8"sv},
    {"\x00\x00\x01\x00"sv, "image/x-icon"sv},
    {"BM"sv, "image/bmp"sv},
    {"GIF87a"sv, "image/gif"sv},
    {"GIF89a"sv, "image/gif"sv},
    {"\x89PNG\r\n\x1a\n"sv, "image/png"sv},
    {"\xff\xd8\xff"sv, "image/jpeg"sv},
    {"\x1f\x8b\x08"sv, "application/x-gzip"sv},
    {"PK\x03\x04"sv, "application/zip"sv},
};

bool IsHtml(std::string_view text) {
  return std::any_of(std::begin(kHtmlTags), std::end(kHtmlTags), [&](std::string_view tag) {
    if (text.size() <= tag.size() || !absl::StartsWithIgnoreCase(text, tag)) return false;
    // A comment needs no end of tag.
    return tag == "<!--" || text[tag.size()] == ' ' || text[tag.size()] == '>';
  });
}

bool IsBinary(std::string_view bytes) {
  return std::any_of(bytes.begin(), bytes.end(), [](char c) {
    auto byte = static_cast<uint8_t>(c);
    return byte <= 0x08 || byte == 0x0b || (byte >= 0x0e && byte <= 0x1a) || (byte >= 0x1c && byte <= 0x1f);
  });
}

}  // namespace

std::string_view SniffContentType(std::string_view body) {
  std::string_view head = body.substr(0, kLookedAtBytes);
  size_t begin = head.find_first_not_of("\t\n\x0c\r ");
  std::string_view text = begin == std::string_view::npos ? std::string_view() : head.substr(begin);
  if (IsHtml(text)) return "text/html; charset=utf-8";
  if (absl::StartsWith(text, kSignatures[0].prefix)) return kSignatures[0].type;
  for (const Signature& signature : kSignatures) {
    if (absl::StartsWith(head, signature.prefix)) return signature.type;
  }
  return IsBinary(head) ? "application/octet-stream" : "text/plain; charset=utf-8";
}

}  // namespace overlock::executor::js
