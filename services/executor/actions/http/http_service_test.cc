#include "services/executor/actions/http/http_service.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/actions/http/http_actions_fixture.h"

namespace overlock::executor {
namespace {

using http::Ok;
using http::Server;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class HttpServiceTest : public HttpActionsTest {
 protected:
  std::string Call(const std::string& action, const std::string& argument, const std::string& body = "") {
    return HttpActionsTest::Call(type_, action, argument, body);
  }
  // The request that an argument makes; `URL` in it is the server's.
  std::string Sent(const std::string& action, std::string argument, const std::string& body = "") {
    Server server([](const std::string&) { return Ok("x"); });
    if (size_t at = argument.find("URL"); at != argument.npos) argument.replace(at, 3, server.url());
    if (size_t at = argument.find("HOST"); at != argument.npos) {
      argument.replace(at, 4, absl::StrCat("127.0.0.1:", server.port()));
    }
    const std::string value = Call(action, argument, body);
    return server.requests().empty() ? value : server.requests().back();
  }
  std::string RuleArguments(const std::string& argument, const std::string& body = "") {
    return ejson::ToCanonicalJson(type_.RuleArguments(*MakeCall("get", argument, body)));
  }

  HttpService type_{shared_client_};
};

TEST_F(HttpServiceTest, KnowsItsActions) {
  for (const char* action : {"get", "post", "put", "patch", "delete", "head", "fetch"}) {
    EXPECT_EQ(type_.KnownAction(action), action);
  }
  for (const char* action : {"GET", "options", ""}) EXPECT_EQ(type_.KnownAction(action), "");
}

TEST_F(HttpServiceTest, GivesTheResponse) {
  Server server([](const std::string&) {
    return "HTTP/1.1 418 I'm a teapot\r\nContent-Length: 3\r\nx-many: 1\r\nX-MANY: 2\r\nSet-Cookie: a=1; Path=/\r\n"
           "Set-Cookie: a=2\r\nSet-Cookie: b=\xfc\r\n\r\na\xff"
           "b";
  });
  EXPECT_EQ(Call("get", absl::StrCat(R"({"url": ")", server.url(), "\"}")),
            R"({"status":"418 I'm a teapot","statusCode":{"$numberInt":"418"},"contentLength":{"$numberLong":"3"},)"
            R"("headers":{"Content-Length":["3"],"X-Many":["1","2"],"Set-Cookie":["a=1; Path=/","a=2","b=ü"]},)"
            R"("cookies":{"a":"2","b":"ü"}})");
  EXPECT_EQ(body_,
            "a\xff"
            "b");
}

TEST_F(HttpServiceTest, MakesUrlsOfParts) {
  EXPECT_THAT(Sent("get", R"({"host": "HOST", "path": "a b/%41", "query": {"q": ["1", "&"], "r": 2}})"),
              StartsWith("GET /a%20b/%41?q=1&q=%26&r=2 HTTP/1.1\r\n"));
  EXPECT_THAT(Sent("delete", R"({"scheme": "http", "host": "HOST", "fragment": "f"})"),
              StartsWith("DELETE / HTTP/1.1"));
}

TEST_F(HttpServiceTest, SendsHeadersCookiesAndCredentials) {
  const std::string sent = Sent("get", R"({"url": "URL", "headers": {"X-A": ["1", "2"], "X-B": "3", "X-C": 4},
      "cookies": {"a": "1", "b": "2"}, "username": "user", "password": "pass", "unknown": {"is": "ignored"}})");
  EXPECT_THAT(sent, HasSubstr("X-A: 1\r\nX-A: 2\r\nX-B: 3\r\nX-C: 4\r\n"));
  EXPECT_THAT(sent, HasSubstr("Cookie: a=1; b=2\r\n"));
  EXPECT_THAT(sent, HasSubstr("Authorization: Basic dXNlcjpwYXNz\r\n"));
}

TEST_F(HttpServiceTest, SendsBodies) {
  const std::string text = Sent("post", R"({"url": "URL"})", "text");
  EXPECT_EQ(BodyOf(text), "text");
  EXPECT_THAT(text, Not(HasSubstr("Content-Type")));
  const std::string json = Sent("put", R"({"url": "URL", "bodyIsJSON": true})", "{}");
  EXPECT_THAT(json, StartsWith("PUT"));
  EXPECT_THAT(json, HasSubstr("Content-Type: application/json\r\n"));
  EXPECT_THAT(Sent("put", R"({"url": "URL", "bodyIsJSON": true, "headers": {"content-type": ["text/x"]}})", "{}"),
              Not(HasSubstr("application/json")));
  EXPECT_THAT(Sent("post", R"({"url": "URL", "form": {"a": "1\r\n"}})"), HasSubstr("name=\"a\"\r\n\r\n1\r\n\r\n--"));
  EXPECT_EQ(Sent("post", R"({"url": "URL", "form": {"a": "1"}})", "body"), "HTTPError: form: excludes body");
}

TEST_F(HttpServiceTest, TakesCookiesFromTheAuthUrl) {
  Server server([](const std::string& request) {
    if (request.starts_with("GET /login ")) return Ok("", "Set-Cookie: session=1; HttpOnly\r\nSet-Cookie: b=2\r\n");
    if (request.starts_with("GET /refuse ")) return std::string("HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    return Ok("x");
  });
  auto argument = [&](const std::string& path) {
    return absl::StrCat(R"({"url": ")", server.url("/data"), R"(", "authUrl": ")", server.url(path),
                        R"(", "cookies": {"own": "0"}, "username": "u", "password": "p"})");
  };
  EXPECT_THAT(Call("post", argument("/login"), "body"), StartsWith(R"({"status":"200 Fine")"));
  ASSERT_EQ(server.requests().size(), 2u);
  EXPECT_THAT(server.requests()[0], HasSubstr("Authorization: Basic"));
  EXPECT_THAT(server.requests()[1], StartsWith("POST /data "));
  EXPECT_THAT(server.requests()[1], HasSubstr("Cookie: own=0; session=1; b=2\r\n"));
  EXPECT_EQ(Call("get", argument("/refuse")), "HTTPError: authUrl: answered with status 403");
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST_F(HttpServiceTest, SaysWhatCannotBeSent) {
  EXPECT_EQ(Call("get", "{}"), "HTTPError: url: is required, or host");
  EXPECT_EQ(Call("get", R"({"url": 5})"), "HTTPError: url: is required, or host");
  EXPECT_EQ(Call("get", R"({"url": "ftp://a/"})"), "HTTPError: url: must begin with http:// or https://");
  EXPECT_EQ(Call("get", R"({"host": "a", "scheme": "file"})"), "HTTPError: url: must begin with http:// or https://");
  EXPECT_EQ(Call("get", R"({"host": "a@b"})"), "HTTPError: host: must be a host, with or without a port");
  EXPECT_EQ(Call("get", R"({"url": "http://a/", "headers": []})"),
            "HTTPError: headers: must be an object of arrays of strings");
  EXPECT_EQ(Call("get", R"({"url": "http://a/", "headers": {"X": [{}]}})"),
            "HTTPError: headers.X: must be a string, not a document");
  EXPECT_EQ(Call("get", R"({"url": "http://a/", "headers": {"X": "a\r\nb: c"}})"),
            "HTTPError: headers.X: holds a line break or NUL");
  EXPECT_EQ(Call("get", R"({"url": "http://a/", "cookies": {"a;b": "c"}})"),
            "HTTPError: cookies.a;b: holds a character that a cookie cannot have");
}

TEST_F(HttpServiceTest, FailuresNameTheHostAndNoCredential) {
  Make("");
  HttpService guarded{std::shared_ptr<http::HttpClient>(std::move(client_))};
  const std::string said =
      HttpActionsTest::Call(guarded, "get", R"({"url": "http://user:secret@127.0.0.1:1/path?token=secret"})");
  EXPECT_THAT(said, StartsWith("RestrictedHost: 127.0.0.1: "));
  EXPECT_THAT(said, Not(HasSubstr("secret")));
  const std::string refused = Call("get", R"({"url": "http://user:secret@127.0.0.1:1/path?token=secret"})");
  EXPECT_THAT(refused, StartsWith("HTTPError: 127.0.0.1: "));
  EXPECT_THAT(refused, Not(HasSubstr("secret")));
}

TEST_F(HttpServiceTest, RulesSeeThePartsOfTheUrl) {
  EXPECT_EQ(RuleArguments(R"({"url": "https://user:pass@Example.com:8443/a/../b?x=1&x=%32&y#f", "headers": {"A": ["b"]},
                              "bodyIsJSON": false})",
                          "text"),
            R"({"url":{"scheme":"https","host":"example.com:8443","path":"/b","query":{"x":["1","2"],"y":[""]},)"
            R"("fragment":"f"},"body":"text","headers":{"A":["b"]}})");
  EXPECT_EQ(RuleArguments(R"({"host": "example.com", "path": "p"})"),
            R"({"url":{"scheme":"http","host":"example.com","path":"/p","query":{},"fragment":""},)"
            R"("host":"example.com","path":"p"})");
  EXPECT_EQ(RuleArguments(R"({"url": "nonsense://x"})", "\xff"), "{}");
}

TEST_F(HttpServiceTest, FetchGivesHeadersAsTheyCame) {
  Server server([](const std::string& request) {
    if (request.starts_with("GET /302"))
      return std::string("HTTP/1.1 302 F\r\nLocation: /\r\nContent-Length: 0\r\n\r\n");
    return Ok("body", "x-a: 1\r\nX-A: 2\r\n");
  });
  auto argument = [&](const std::string& path, const std::string& redirect) {
    return absl::StrCat(R"({"url": ")", server.url(path),
                        R"(", "method": "GET", "headers": [["X-B", "3"], ["x-b", "4"]],)", R"("redirect": ")", redirect,
                        "\"}");
  };
  EXPECT_EQ(Call("fetch", argument("/302", "follow")),
            absl::StrCat(R"({"status":{"$numberInt":"200"},"statusText":"Fine","url":")", server.url(),
                         R"(","redirected":true,"headers":[["Content-Length","4"],["x-a","1"],["X-A","2"]]})"));
  EXPECT_EQ(body_, "body");
  EXPECT_THAT(server.requests().at(0), HasSubstr("X-B: 3\r\nx-b: 4\r\n"));
  EXPECT_THAT(Call("fetch", argument("/302", "manual")), StartsWith(R"({"status":{"$numberInt":"302"})"));
  EXPECT_EQ(Call("fetch", argument("/302", "error")), "HTTPError: unexpected redirect");
  EXPECT_EQ(Call("fetch", R"({"url": "http://a/", "method": "GET", "headers": {}})"),
            "HTTPError: headers: must be an array of [name, value]");
}

TEST_F(HttpServiceTest, FetchIsNoActionOfAService) {
  AddService("http");
  EXPECT_THAT(Call("fetch", R"({"url": "http://a/"})"), StartsWith("ServiceCommandNotFound: "));
}

}  // namespace
}  // namespace overlock::executor
