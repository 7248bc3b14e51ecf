#include "services/executor/actions/aws/sigv4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "services/executor/actions/aws/text.h"

namespace overlock::executor::aws {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

absl::Time At(std::string_view text) {
  absl::Time time;
  std::string error;
  EXPECT_TRUE(absl::ParseTime(absl::RFC3339_full, std::string(text), &time, &error)) << error;
  return time;
}

struct Vector {
  std::string name;
  PathForm form = PathForm::kNormalised;
  SignableRequest request;
  std::string body;
  std::string signed_headers;
  std::string signature;
};

SigningScope SuiteScope() { return {"us-east-1", "service", At("2015-08-30T12:36:00Z")}; }
Credentials SuiteCredentials() { return {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""}; }

void SetTarget(std::string_view line, SignableRequest& request) {
  const std::pair<std::string, std::string> parts(SplitOnce(line, ' '));
  const std::pair<std::string, std::string> target(SplitOnce(parts.second, '?'));
  request.method = parts.first;
  request.path = target.first;
  request.query = target.second;
}

bool Consume(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

std::vector<Vector> ReadVectors() {
  std::ifstream file(OVERLOCK_SIGV4_REQUESTS);
  std::vector<Vector> vectors;
  bool in_body = false;
  for (std::string line; std::getline(file, line);) {
    std::string_view rest = line;
    if (Consume(rest, "=== ")) {
      Vector& vector = vectors.emplace_back();
      if (rest.ends_with(" as-sent")) {
        vector.form = PathForm::kAsSent;
        rest.remove_suffix(8);
      }
      vector.name = rest;
      in_body = false;
    } else if (vectors.empty() || absl::StartsWith(line, "#")) {
      continue;
    } else if (Consume(rest, "=> ")) {
      const std::pair<std::string, std::string> parts(SplitOnce(rest, ' '));
      vectors.back().signed_headers = parts.first;
      vectors.back().signature = parts.second;
    } else if (!vectors.back().signature.empty()) {
      continue;
    } else if (in_body) {
      vectors.back().body = line;
    } else if (line.empty()) {
      in_body = true;
    } else if (vectors.back().request.method.empty()) {
      SetTarget(line, vectors.back().request);
    } else {
      const std::pair<std::string, std::string> header(SplitOnce(line, ':'));
      vectors.back().request.headers.emplace_back(header.first, header.second);
    }
  }
  return vectors;
}

TEST(SigV4Test, SignsAsThePublishedTestSuiteSays) {
  const std::vector<Vector> vectors = ReadVectors();
  ASSERT_EQ(vectors.size(), 28u);
  for (const Vector& vector : vectors) {
    SCOPED_TRACE(vector.name);
    SignableRequest request = vector.request;
    request.headers.emplace_back("X-Amz-Date", AmzDate(SuiteScope().time));
    if (vector.form == PathForm::kAsSent) request.path = UriEncode(request.path, /*keep_slash=*/true);
    EXPECT_EQ(Authorization(request, PayloadHash(vector.body), vector.form, SuiteScope(), SuiteCredentials()),
              absl::StrCat("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
                           "SignedHeaders=",
                           vector.signed_headers, ", Signature=", vector.signature));
  }
}

TEST(SigV4Test, PresignsAsThePublishedTestSuiteSays) {
  SignableRequest request{"GET",
                          "/",
                          "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz="
                          "-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                          {{"Host", "example.amazonaws.com"}}};
  EXPECT_THAT(
      PresignedQuery(request, PayloadHash(""), PathForm::kNormalised, absl::Hours(1), SuiteScope(), SuiteCredentials()),
      EndsWith("&X-Amz-Signature=8e76a88a7433637b12778d5592799b29ad21ecd6cf6325051c21d86f0acda2bf"));
}

TEST(SigV4Test, PresignsTheSessionTokenToo) {
  SignableRequest request{"GET", "/", "", {{"Host", "example.amazonaws.com"}}};
  Credentials credentials = SuiteCredentials();
  credentials.session_token = "a/b+c=";
  EXPECT_THAT(
      PresignedQuery(request, PayloadHash(""), PathForm::kNormalised, absl::Hours(1), SuiteScope(), credentials),
      HasSubstr("&X-Amz-Security-Token=a%2Fb%2Bc%3D&"));
}

// The examples of the S3 documentation.
class S3Test : public testing::Test {
 protected:
  // What the documentation signs: the host, the headers given, the payload's hash and the date.
  std::string Signature(SignableRequest request, std::string_view body) {
    request.headers.insert(request.headers.begin(), {"Host", "examplebucket.s3.amazonaws.com"});
    request.headers.emplace_back("x-amz-content-sha256", PayloadHash(body));
    request.headers.emplace_back("x-amz-date", AmzDate(scope_.time));
    const std::string value = Authorization(request, PayloadHash(body), PathForm::kAsSent, scope_, credentials_);
    return value.substr(value.rfind('=') + 1);
  }

  SigningScope scope_{"us-east-1", "s3", At("2013-05-24T00:00:00Z")};
  Credentials credentials_{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
};

TEST_F(S3Test, GetsAnObject) {
  EXPECT_EQ(Signature({"GET", "/test.txt", "", {{"Range", "bytes=0-9"}}}, ""),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_F(S3Test, PutsAnObject) {
  EXPECT_EQ(Signature({"PUT",
                       "/test%24file.text",
                       "",
                       {{"Date", "Fri, 24 May 2013 00:00:00 GMT"}, {"x-amz-storage-class", "REDUCED_REDUNDANCY"}}},
                      "Welcome to Amazon S3."),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_F(S3Test, GetsABucketsLifecycle) {
  EXPECT_EQ(Signature({"GET", "/", "lifecycle", {}}, ""),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST_F(S3Test, ListsABucket) {
  EXPECT_EQ(Signature({"GET", "/", "max-keys=2&prefix=J", {}}, ""),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

TEST_F(S3Test, PresignsAUrl) {
  const SignableRequest request{"GET", "/test.txt", "", {{"Host", "examplebucket.s3.amazonaws.com"}}};
  EXPECT_EQ(PresignedQuery(request, kUnsignedPayload, PathForm::kAsSent, absl::Seconds(86400), scope_, credentials_),
            "X-Amz-Algorithm=AWS4-HMAC-SHA256"
            "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST_F(S3Test, SignsAPostPolicy) {
  const SigningScope scope{"us-east-1", "s3", At("2015-12-29T00:00:00Z")};
  EXPECT_EQ(Sign("eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsNCiAgICB7ImJ1Y2"
                 "tldCI6ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwN"
                 "CiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3"
                 "Y0ZXhhbXBsZWJ1Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13"
                 "aXRoIiwgIiRDb250ZW50LVR5cGUiLCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNz"
                 "QifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVuY3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIs"
                 "ICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTE"
                 "UvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXotYWxnb3JpdGhtIjogIkFXUzQtSE1B"
                 "Qy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9",
                 scope, credentials_),
            "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e");
}

TEST(SigV4Test, DoesNotResolveDotsOfAKeyInS3) {
  const SignableRequest request{"GET", "/a/../b%2F//c", "", {{"Host", "h"}}};
  EXPECT_THAT(CanonicalRequest(request, kUnsignedPayload, PathForm::kAsSent), HasSubstr("GET\n/a/../b%2F//c\n"));
  EXPECT_THAT(CanonicalRequest(request, kUnsignedPayload, PathForm::kNormalised), HasSubstr("GET\n/b%252F/c\n"));
}

}  // namespace
}  // namespace overlock::executor::aws
