// MongoDB over TLS.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>

#include "services/executor/data/mongoc/mongoc_source_fixture.h"

namespace overlock::executor {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A certificate for 127.0.0.1 that vouches for itself, and its key, as files in a directory.
MongodbServer::TlsFiles MakeCertificate(const std::string& directory) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  X509* x509 = certificate.get();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("mongodb"), -1, -1, 0);
  X509_set_issuer_name(x509, X509_get_subject_name(x509));
  X509_set_pubkey(x509, key.get());
  for (auto [nid, value] :
       {std::pair(NID_basic_constraints, "critical,CA:TRUE"), std::pair(NID_subject_alt_name, "IP:127.0.0.1")}) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
    X509_add_ext(x509, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(x509, key.get(), EVP_sha256());
  const MongodbServer::TlsFiles files = {directory + "/certificate.pem", directory + "/key.pem"};
  std::FILE* file = std::fopen(files.first.c_str(), "w");
  PEM_write_X509(file, x509);
  std::fclose(file);
  file = std::fopen(files.second.c_str(), "w");
  PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(file);
  return files;
}

class MongocTlsTest : public MongocSourceTest {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/overlock-mongodb-tls-XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    directory_ = pattern;
    files_ = MakeCertificate(directory_);
    auto made = MongodbServer::CreateWithTls(files_);
    if (!made.ok()) {
      if (const std::string why = WhyNoMongodb(made.status()); !why.empty()) GTEST_SKIP() << why;
      FAIL();
    }
    server_ = *std::move(made);
  }
  ~MongocTlsTest() override { std::filesystem::remove_all(directory_); }

  std::string directory_;
  MongodbServer::TlsFiles files_;
};

TEST_F(MongocTlsTest, SpeaksTlsWithAServerThatTheConnectionStringTrusts) {
  auto clusters = MakeClusters();
  auto source =
      MakeSource(*clusters, absl::StrCat("mongodb://", server_->tls_address(), "/?tls=true&tlsCAFile=", files_.first));
  EXPECT_EQ(At(Run(*source, R"({"insert": "c", "documents": [{"_id": 1}, {"_id": 2}]})"), "n"), "2");
  const std::string large(1 << 20, 'x');
  for (int id = 3; id < 6; ++id) {
    Run(*source, absl::StrCat(R"({"insert": "c", "documents": [{"_id": )", id, R"(, "a": ")", large, R"("}]})"));
  }
  // More than one of TLS's records, and several documents.
  EXPECT_THAT(At(Run(*source, R"({"find": "c", "filter": {"_id": {"$gt": 2}}})"), "cursor.firstBatch.2.a"),
              StartsWith("\"xxx"));
  EXPECT_EQ(At(Run(*source, R"({"count": "c"})"), "n"), "5");
}

TEST_F(MongocTlsTest, RefusesAServerThatNobodyVouchesFor) {
  auto clusters = MakeClusters();
  auto source = MakeSource(
      *clusters, absl::StrCat("mongodb://", server_->tls_address(), "/?tls=true&serverSelectionTimeoutMS=500"));
  EXPECT_THAT(Message(Run(*source, R"({"count": "c"})")),
              AnyOf(HasSubstr("cannot be reached"), HasSubstr("TLS handshake failed")));
}

}  // namespace
}  // namespace overlock::executor
