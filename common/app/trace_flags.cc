#include "common/app/trace_flags.h"

#include <openssl/rand.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "absl/flags/flag.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/status/status.h"
#include "common/status/status_macros.h"
#include "common/telemetry/log.h"
#include "common/text/http_token.h"

ABSL_FLAG(
    std::string, trace_otlp_url, "",
    "Where spans are sent: OTLP over HTTP, as JSON, e.g. http://collector:4318/v1/traces. Empty: traces are off.");
ABSL_FLAG(
    double, trace_sample_ratio, 1.0,
    "Of the traces that begin here, how many are recorded: 0 to 1. A sender's own traceparent decides for itself.");
ABSL_FLAG(std::string, trace_otlp_headers_file, "",
          "A file of headers that the collector wants, e.g. an API key: a line each, Name: value.");
ABSL_FLAG(std::string, trace_otlp_ca, "", "A PEM file of authorities that the collector's certificate may come from.");
ABSL_FLAG(std::vector<std::string>, trace_attributes, {},
          "Attributes of this process in traces, comma-separated: k8s.namespace.name=hooks,k8s.pod.name=edge-0.");

namespace overlock::app {
namespace {

constexpr size_t kHeadersBytesMax = 16 << 10;

absl::Status BadFlag(std::string_view flag, std::string_view message) {
  return Error(absl::StatusCode::kInvalidArgument, "BAD_FLAG", absl::StrCat("--", flag, ": ", message));
}

// A random UUID (RFC 9562, version 4): tells replicas apart.
std::string NewUuid() {
  std::array<unsigned char, 16> bytes = {};
  RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  const std::string hex = absl::BytesToHexString({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  const std::string_view text = hex;
  return absl::StrCat(text.substr(0, 8), "-", text.substr(8, 4), "-", text.substr(12, 4), "-", text.substr(16, 4), "-",
                      text.substr(20));
}

SpanResource OwnAttributes(const std::string& service) {
  char host[256] = {};
  gethostname(host, sizeof host - 1);
  return {{"service.namespace", "overlock"},
          {"service.name", service},
          {"service.version", OVERLOCK_VERSION},
          {"service.instance.id", NewUuid()},
          {"host.name", host}};
}

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ReadHeaders(const std::string& path) {
  if (path.empty()) return std::vector<std::pair<std::string, std::string>>();
  std::ifstream file(path, std::ios::binary);
  if (!file) return BadFlag("trace_otlp_headers_file", absl::StrCat(path, ": cannot be read"));
  std::string text(kHeadersBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > kHeadersBytesMax) {
    return BadFlag("trace_otlp_headers_file", absl::StrCat(path, ": larger than ", kHeadersBytesMax, " bytes"));
  }
  auto headers = ParseHeaderLines(text);
  if (!headers.ok()) {
    return BadFlag("trace_otlp_headers_file", absl::StrCat(path, ": ", headers.status().message()));
  }
  return headers;
}

}  // namespace

absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ParseHeaderLines(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> headers;
  int number = 0;
  for (std::string_view line : absl::StrSplit(absl::string_view(text), '\n')) {
    ++number;
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#') continue;
    const size_t colon = line.find(':');
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = colon == line.npos ? "" : absl::StripAsciiWhitespace(line.substr(colon + 1));
    const bool printable = std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c != 0x7f; });
    if (!IsHttpToken(name) || value.empty() || !printable) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_HEADERS",
                   absl::StrCat("line ", number, ": must be a header, Name: value, in ASCII"));
    }
    headers.emplace_back(name, value);
  }
  return headers;
}

absl::StatusOr<SpanResource> ParseAttributes(const std::vector<std::string>& attributes) {
  SpanResource resource;
  for (const std::string& attribute : attributes) {
    const size_t equals = attribute.find('=');
    if (equals == 0 || equals == attribute.npos) {
      return Error(absl::StatusCode::kInvalidArgument, "BAD_ATTRIBUTE",
                   absl::StrCat("'", attribute, "': must be name=value"));
    }
    resource.emplace_back(attribute.substr(0, equals), attribute.substr(equals + 1));
  }
  return resource;
}

absl::StatusOr<std::unique_ptr<SpanExporter>> StartSpanExporter(const std::string& service, Metrics& metrics) {
  SpanExporterOptions options;
  options.url = absl::GetFlag(FLAGS_trace_otlp_url);
  options.sample_ratio = absl::GetFlag(FLAGS_trace_sample_ratio);
  if (!(options.sample_ratio >= 0 && options.sample_ratio <= 1)) {
    return BadFlag("trace_sample_ratio", "must be from 0 to 1");
  }
  auto attributes = ParseAttributes(absl::GetFlag(FLAGS_trace_attributes));
  if (!attributes.ok()) return BadFlag("trace_attributes", attributes.status().message());
  if (options.url.empty()) return nullptr;
  OVERLOCK_ASSIGN_OR_RETURN(options.headers, ReadHeaders(absl::GetFlag(FLAGS_trace_otlp_headers_file)));
  options.ca_file = absl::GetFlag(FLAGS_trace_otlp_ca);
  options.resource = OwnAttributes(service);
  for (auto& [name, value] : *attributes) {
    std::erase_if(options.resource, [&name = name](const auto& own) { return own.first == name; });
    options.resource.emplace_back(std::move(name), std::move(value));
  }
  auto exporter = SpanExporter::Start(std::move(options), metrics);
  if (!exporter.ok()) {
    const bool authorities = ReasonOf(exporter.status()) == "BAD_CA_FILE";
    return BadFlag(authorities ? "trace_otlp_ca" : "trace_otlp_url", exporter.status().message());
  }
  log::Info("exports traces", {{"sample_ratio", absl::GetFlag(FLAGS_trace_sample_ratio)}});
  return exporter;
}

}  // namespace overlock::app
