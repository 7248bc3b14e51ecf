// Whom the client believes.
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "common/http_client/http_client_fixture.h"
#include "common/testing/status_matchers.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace overlock::http {
namespace {

using testing::HasSubstr;

struct Freer {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
template <class T>
using Owned = std::unique_ptr<T, Freer>;

// A key, and a certificate that the issuer signed, or itself.
struct Identity {
  Owned<EVP_PKEY> key;
  Owned<X509> certificate;

  Identity(const std::string& name, const std::string& alternative_names, const Identity* issuer)
      : key(EVP_EC_gen("P-256")), certificate(X509_new()) {
    X509* x509 = certificate.get();
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
    X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509), 3600);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
    const Identity& signer = issuer == nullptr ? *this : *issuer;
    X509_set_issuer_name(x509, X509_get_subject_name(signer.certificate.get()));
    X509_set_pubkey(x509, key.get());
    if (issuer == nullptr) AddExtension(NID_basic_constraints, "critical,CA:TRUE");
    if (!alternative_names.empty()) AddExtension(NID_subject_alt_name, alternative_names);
    X509_sign(x509, signer.key.get(), EVP_sha256());
  }

  void AddExtension(int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    X509_add_ext(certificate.get(), extension, -1);
    X509_EXTENSION_free(extension);
  }
  std::string Pem() const {
    Owned<BIO> bio(BIO_new(BIO_s_mem()));
    PEM_write_bio_X509(bio.get(), certificate.get());
    char* data = nullptr;
    long size = BIO_get_mem_data(bio.get(), &data);
    return std::string(data, static_cast<size_t>(size));
  }
};

// Answers one request a connection.
class TlsServer {
 public:
  explicit TlsServer(const Identity& identity) : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate(context_.get(), identity.certificate.get());
    SSL_CTX_use_PrivateKey(context_.get(), identity.key.get());
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_, 64);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { Accept(); });
  }
  ~TlsServer() {
    stop_ = true;
    thread_.join();
    close(listener_);
  }
  std::string url(const std::string& host) const { return absl::StrCat("https://", host, ":", port_, "/"); }

 private:
  void Accept() {
    while (!stop_) {
      pollfd readable = {listener_, POLLIN, 0};
      if (poll(&readable, 1, 10) <= 0) continue;
      int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      Owned<SSL> session(SSL_new(context_.get()));
      SSL_set_fd(session.get(), fd);
      char request[4096];
      if (SSL_accept(session.get()) == 1 && SSL_read(session.get(), request, sizeof(request)) > 0) {
        const std::string answer = Ok("secure", "Connection: close\r\n");
        SSL_write(session.get(), answer.data(), static_cast<int>(answer.size()));
        SSL_shutdown(session.get());
      }
      close(fd);
    }
  }

  const Owned<SSL_CTX> context_;
  int listener_;
  int port_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

class TlsTest : public HttpClientTest {
 protected:
  TlsTest() {
    // As every process of ours does: a peer that goes away is an error of the write and not the end.
    signal(SIGPIPE, SIG_IGN);
    std::ofstream(ca_file_) << authority_.Pem();
  }
  ~TlsTest() override { std::remove(ca_file_.c_str()); }
  void MakeTrusting(const std::string& ca_file) {
    HttpClientOptions options;
    options.ca_file = ca_file;
    Make("127.0.0.0/8,::1", options);
  }

  const std::string ca_file_ = absl::StrCat(testing::TempDir(), "/http_client_tls_test.", getpid(), ".pem");
  const Identity authority_{"authority", "", nullptr};
};

TEST_F(TlsTest, BelievesTheAuthorityOfItsFile) {
  Identity identity("server", "IP:127.0.0.1", &authority_);
  TlsServer server(identity);
  MakeTrusting(ca_file_);
  absl::StatusOr<ClientResponse> response = Send(Get(server.url("127.0.0.1")));
  ASSERT_THAT(response, IsOk());
  EXPECT_EQ(response->body, "secure");
}

TEST_F(TlsTest, BelievesNoOther) {
  Identity identity("server", "IP:127.0.0.1", &authority_);
  Identity self_signed("server", "IP:127.0.0.1", nullptr);
  TlsServer server(identity);
  TlsServer alone(self_signed);
  MakeTrusting("");
  absl::StatusOr<ClientResponse> response = Send(Get(server.url("127.0.0.1")));
  EXPECT_THAT(response, StatusIs(absl::StatusCode::kUnavailable, "HTTP_FAILED"));
  EXPECT_THAT(response.status().message(), HasSubstr("127.0.0.1"));
  MakeTrusting(ca_file_);
  EXPECT_THAT(Send(Get(alone.url("127.0.0.1"))), StatusIs(absl::StatusCode::kUnavailable, "HTTP_FAILED"));
}

TEST_F(TlsTest, WantsTheCertificateOfTheHost) {
  Identity identity("localhost", "DNS:other.example", &authority_);
  TlsServer server(identity);
  MakeTrusting(ca_file_);
  EXPECT_THAT(Send(Get(server.url("localhost"))), StatusIs(absl::StatusCode::kUnavailable, "HTTP_FAILED"));
}

}  // namespace
}  // namespace overlock::http
