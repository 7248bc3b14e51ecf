#include "services/executor/actions/aws/endpoint.h"

#include <algorithm>
#include <iterator>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

#include "common/status/status.h"
#include "services/executor/actions/aws/text.h"

namespace overlock::executor::aws {
namespace {

struct Partition {
  // Of the region's name.
  std::string_view prefix;
  std::string_view suffix;
};

constexpr Partition kPartitions[] = {
    {"cn-", "amazonaws.com.cn"}, {"us-isob-", "sc2s.sgov.gov"},  {"us-isof-", "csp.hci.ic.gov"},
    {"us-iso-", "c2s.ic.gov"},   {"eu-isoe-", "cloud.adc-e.uk"}, {"", "amazonaws.com"},
};

// APIs that have one endpoint in a partition.
struct GlobalEndpoint {
  std::string_view api;
  std::string_view region_prefix;
  std::string_view host;
  std::string_view signing_region;
};

constexpr GlobalEndpoint kGlobalEndpoints[] = {
    {"cloudfront", "cn-", "cloudfront.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"},
    {"cloudfront", "", "cloudfront.amazonaws.com", "us-east-1"},
    {"costexplorer", "cn-", "ce.cn-northwest-1.amazonaws.com.cn", "cn-northwest-1"},
    {"costexplorer", "", "ce.us-east-1.amazonaws.com", "us-east-1"},
    {"iam", "cn-", "iam.cn-north-1.amazonaws.com.cn", "cn-north-1"},
    {"iam", "us-gov-", "iam.us-gov.amazonaws.com", "us-gov-west-1"},
    {"iam", "", "iam.amazonaws.com", "us-east-1"},
    {"route53", "cn-", "route53.amazonaws.com.cn", "cn-northwest-1"},
    {"route53", "us-gov-", "route53.us-gov.amazonaws.com", "us-gov-west-1"},
    {"route53", "", "route53.amazonaws.com", "us-east-1"},
};

// Letters, digits and hyphens in at least three parts, e.g. `us-gov-west-1`.
absl::Status CheckRegion(std::string_view region) {
  const bool is_plain = std::all_of(region.begin(), region.end(), [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-';
  });
  const std::vector<std::string_view> parts = Split(region, '-');
  const bool has_empty = std::any_of(parts.begin(), parts.end(), [](std::string_view part) { return part.empty(); });
  if (region.size() <= 32 && is_plain && !has_empty && parts.size() >= 3) return absl::OkStatus();
  return Error(absl::StatusCode::kInvalidArgument, "AWS_REGION_BAD",
               "region: a name like us-east-1 is needed, in the call or as config.region of the service");
}

bool IsLabelCharacter(unsigned char c) { return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '-'; }

}  // namespace

absl::StatusOr<Endpoint> PublicEndpoint(const ApiModel& api, std::string_view host_prefix, std::string_view region) {
  OVERLOCK_RETURN_IF_ERROR(CheckRegion(region));
  for (const GlobalEndpoint& global : kGlobalEndpoints) {
    if (global.api != api.name || !absl::StartsWith(region, global.region_prefix)) continue;
    return Endpoint{"https", std::string(global.host), std::string(global.signing_region)};
  }
  if (api.name == "s3" && region == "us-east-1") return Endpoint{"https", "s3.amazonaws.com", std::string(region)};
  const auto partition = std::find_if(std::begin(kPartitions), std::end(kPartitions),
                                      [&](const Partition& one) { return absl::StartsWith(region, one.prefix); });
  return Endpoint{"https", absl::StrCat(host_prefix, api.endpoint_prefix, ".", region, ".", partition->suffix),
                  std::string(region)};
}

absl::StatusOr<Endpoint> ConfiguredEndpoint(std::string_view url, std::string_view region) {
  OVERLOCK_RETURN_IF_ERROR(CheckRegion(region));
  Endpoint endpoint;
  endpoint.region = region;
  const size_t colon = url.find("://");
  if (colon != std::string_view::npos) {
    endpoint.scheme = url.substr(0, colon);
    endpoint.host = url.substr(colon + 3);
    if (endpoint.host.ends_with("/")) endpoint.host.pop_back();
  }
  const bool is_host = std::all_of(endpoint.host.begin(), endpoint.host.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || absl::StrContains("-._:[]", static_cast<char>(c));
  });
  if ((endpoint.scheme != "http" && endpoint.scheme != "https") || endpoint.host.empty() || !is_host) {
    return Error(absl::StatusCode::kInvalidArgument, "AWS_ENDPOINT_BAD",
                 "config.overlock.endpoint: not an endpoint, allowed: http:// or https://, a host, perhaps a port");
  }
  return endpoint;
}

bool IsHostBucket(std::string_view bucket) {
  return bucket.size() >= 3 && bucket.size() <= 63 && bucket.front() != '-' && bucket.back() != '-' &&
         std::all_of(bucket.begin(), bucket.end(), IsLabelCharacter);
}

}  // namespace overlock::executor::aws
