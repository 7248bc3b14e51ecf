// Authentication providers: from their files to the view that auth gets.
#include <string>

#include "common/testing/status_matchers.h"
#include "gtest/gtest.h"
#include "services/config/app_parser.h"
#include "services/config/view_builder.h"

namespace overlock::config {
namespace {

ParsedApp Parse(const std::string& provider, const std::string& secrets = "{}") {
  v1::ImportAppRequest request;
  auto add = [&](const char* path, const std::string& content) {
    auto* file = request.add_files();
    file->set_path(path);
    file->set_content(content);
  };
  add("stitch.json", R"({"name": "app", "app_id": "app-abcde"})");
  add("auth_providers/custom-token.json", provider);
  add("secrets.json", secrets);
  absl::StatusOr<ParsedApp> parsed = ParseApp(request, {});
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() ? *std::move(parsed) : ParsedApp();
}

v1::AuthView ViewOf(const v1::Application& application) { return BuildView(v1::VIEW_AUTH, application, 7).auth(); }

TEST(AuthProviderParserTest, ReadsConfigSecretsAndMetadataFields) {
  ParsedApp parsed = Parse(R"({
    "name": "custom-token", "type": "custom-token",
    "config": {"audience": "a", "signingAlgorithm": "ES256"},
    "secret_config": {"signingKeys": ["first", "second"]},
    "metadata_fields": [{"required": true, "name": "user.name", "field_name": "name"}]})");
  EXPECT_FALSE(parsed.has_errors);
  EXPECT_EQ(parsed.problems.size(), 0);
  v1::Application& application = parsed.application;
  const v1::AuthProvider& provider = application.auth_providers(0);
  EXPECT_EQ(provider.secret_config().at("signingKeys.0"), "first");
  EXPECT_EQ(provider.secret_config().at("signingKeys.1"), "second");
  EXPECT_NE(provider.metadata_fields_json().find("user.name"), std::string::npos);
  EXPECT_EQ(ViewOf(application).provider_secrets_size(), 0);
  (*application.mutable_secrets())["second"] = "the key";
  (*application.mutable_secrets())["other"] = "no business of auth's";
  v1::AuthView view = ViewOf(application);
  ASSERT_EQ(view.provider_secrets_size(), 1);
  EXPECT_EQ(view.provider_secrets(0).provider(), "custom-token");
  ASSERT_EQ(view.provider_secrets(0).secrets_size(), 1);
  EXPECT_EQ(view.provider_secrets(0).secrets().at("signingKeys.1"), "the key");
}

TEST(AuthProviderParserTest, TakesTheValuesOfOldSecretsFiles) {
  const std::string secrets = R"({"auth_providers": {"custom-token": {"signingKey": "hush"}}})";
  ParsedApp parsed = Parse(R"({"name": "custom-token", "type": "custom-token", "config": {}})", secrets);
  EXPECT_EQ(ViewOf(parsed.application).provider_secrets(0).secrets().at("signingKey"), "hush");
  parsed =
      Parse(R"({"name": "custom-token", "type": "custom-token", "secret_config": {"signingKey": "named"}})", secrets);
  EXPECT_EQ(parsed.application.secrets().at("named"), "hush");
  EXPECT_EQ(ViewOf(parsed.application).provider_secrets(0).secrets().at("signingKey"), "hush");
}

TEST(AuthProviderParserTest, RefusesWhatItCannotRead) {
  for (const char* field : {R"("config": {"signingAlgorithm": "none"})", R"("config": {"signingAlgorithm": 1})",
                            R"("secret_config": {"signingKeys": 1})", R"("secret_config": {"signingKeys": [1]})",
                            R"("metadata_fields": {})"}) {
    ParsedApp parsed = Parse(std::string(R"({"name": "custom-token", "type": "custom-token", )") + field + "}");
    EXPECT_TRUE(parsed.has_errors) << field;
  }
}

}  // namespace
}  // namespace overlock::config
