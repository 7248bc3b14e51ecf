#include "services/executor/js/content_type.h"

#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace overlock::executor::js {
namespace {

using std::literals::string_view_literals::operator""sv;

TEST(ContentTypeTest, KnowsWhatTheBytesAre) {
  struct {
    std::string_view body;
    std::string_view type;
  } const rows[] = {
      {"hello", "text/plain; charset=utf-8"},
      {R"({"a":1})", "text/plain; charset=utf-8"},
      {" \n<html><body>", "text/html; charset=utf-8"},
      {"<!doctype HTML >", "text/html; charset=utf-8"},
      {"<!-- note -->", "text/html; charset=utf-8"},
      {"<p>x", "text/html; charset=utf-8"},
      {"<pre>x", "text/plain; charset=utf-8"},
      {"<html", "text/plain; charset=utf-8"},
      {"\n<?xml version=\"1.0\"?><a/>", "text/xml; charset=utf-8"},
      {"<svg/>", "text/plain; charset=utf-8"},
      {"%PDF-1.4", "application/pdf"},
      {"GIF89a....", "image/gif"},
      {"\x89PNG\r\n\x1a\n....", "image/png"},
      {"\xff\xd8\xff....", "image/jpeg"},
      {"PK\x03\x04....", "application/zip"},
      {"gr\xc3\xbc\xc3\x9f", "text/plain; charset=utf-8"},
      {"a\0b"sv, "application/octet-stream"},
      {"\t\n\r", "text/plain; charset=utf-8"},
  };
  for (const auto& row : rows) EXPECT_EQ(SniffContentType(row.body), row.type) << row.body;
}

TEST(ContentTypeTest, LooksAtTheBeginningOnly) {
  std::string body(512, 'a');
  body.push_back('\0');
  EXPECT_EQ(SniffContentType(body), "text/plain; charset=utf-8");
  body[511] = '\0';
  EXPECT_EQ(SniffContentType(body), "application/octet-stream");
}

}  // namespace
}  // namespace overlock::executor::js
