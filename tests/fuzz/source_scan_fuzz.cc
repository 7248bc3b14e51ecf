// Sources of functions: any bytes give tokens that lie in the source, in order, and findings that can be shown.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "services/config/report/js_text.h"
#include "services/config/report/js_tokens.h"
#include "services/config/report/source_scan.h"

namespace {

using namespace overlock::config;

void Require(bool condition) {
  if (!condition) std::abort();
}

void CheckTokens(std::string_view source) {
  std::vector<Token> tokens = Tokenize(source);
  Require(!tokens.empty() && tokens.back().kind == Token::Kind::kEnd);
  const char* at = source.data();
  uint32_t line = 1;
  for (const Token& token : tokens) {
    Require(token.text.data() >= at && token.line >= line && token.column >= 1);
    Require(token.text.empty() == (token.kind == Token::Kind::kEnd));
    Require(token.partner == Token::kNoPartner || token.partner < tokens.size());
    at = token.text.data() + token.text.size();
    line = token.line;
    NameOf(token);
    TextOf(token);
  }
  Require(at <= source.data() + source.size());
}

void CheckFindings(std::string_view source, const AppNames& app) {
  SourceReport report = ScanSource(source, app);
  Require(report.findings.size() <= kFindingsMax);
  uint32_t line = 1;
  for (const Finding& finding : report.findings) {
    Require(!finding.construct.empty() && finding.line >= line);
    Require(finding.verdict.kind == Verdict::Kind::kRuns || !finding.verdict.explanation.empty());
    for (char c : finding.construct) Require(c >= 0x20 && c <= 0x7e);
    for (char c : finding.verdict.explanation) Require(c >= 0x20 && c <= 0x7e);
    line = finding.line;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const AppNames kApp{.service_types = {{"mongodb-atlas", "mongodb-atlas"}, {"web", "http"}, {"cloud", "aws"}},
                             .functions = {"helper"},
                             .values = {"token"},
                             .packages = {"lodash"}};
  std::string_view source(reinterpret_cast<const char*>(data), size);
  CheckTokens(source);
  CheckFindings(source, kApp);
  return 0;
}
