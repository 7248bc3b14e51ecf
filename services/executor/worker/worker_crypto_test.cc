// `utils.crypto`, `utils.jwt` and `require('crypto')`, in the jail (spec section 9.5).
#include <string>
#include <string_view>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/executor/crypto/test_keys.h"
#include "services/executor/worker/worker_test_fixture.h"

namespace overlock::executor {
namespace {

using testing::HasSubstr;

class WorkerCryptoTest : public WorkerTest {
 protected:
  WorkerCryptoTest() { view_.mutable_limits()->mutable_cpu_time_max()->set_seconds(10); }
  std::string ErrorOf(const std::string& expression) {
    return ReturnedBy("(() => { try { return " + expression + "; } catch (e) { return e.message; } })()");
  }
};

TEST_F(WorkerCryptoTest, GivesThePublishedSamples) {
  EXPECT_EQ(ReturnedBy("utils.crypto.hmac('hello!', 'super-secret', 'sha256', 'base64')"),
            "\"SUXd6PRMaTXXgBGaGsIHzaDWgTSa6C3D44lRGrvRak0=\"");
  EXPECT_EQ(ReturnedBy("utils.crypto.hash('sha256', 'hello!').toBase64()"),
            "\"zgYJL7lI2f+sfRo3bkBLJrdXW8wR7gWkYV/vT+w6MIs=\"");
  EXPECT_EQ(
      ReturnedBy("utils.crypto.decrypt('aes', BSON.Binary.fromBase64('WPBuIvJ6Bity43Uh822dW8QlVYVJaFUiDeUjlTiJXzpt"
                 "UuTYIKPlXekBQAJb'), '603082712271C525E087BD999A4E0738').text()"),
      "\"MongoDB is great!\"");
}

TEST_F(WorkerCryptoTest, HashesWithSha512) {
  EXPECT_EQ(ReturnedBy("utils.crypto.hash('sha512', 'abc').toHex()"),
            "\"ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
            "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f\"");
}

TEST_F(WorkerCryptoTest, EncryptsWithANewNonceEachTime) {
  EXPECT_EQ(ReturnedBy("(() => { const k = '0123456789abcdef', a = utils.crypto.encrypt('aes', 'text', k),"
                       " b = utils.crypto.encrypt('aes', 'text', k);"
                       " return [a._bsontype, a.toHex() !== b.toHex(), utils.crypto.decrypt('aes', a, k).text(),"
                       " a.length()]; })()"),
            R"(["Binary",true,"text",{"$numberInt":"32"}])");
}

TEST_F(WorkerCryptoTest, SaysWhatIsWrongWithArguments) {
  EXPECT_THAT(ErrorOf("utils.crypto.encrypt('aes', 'x', 'short')"), HasSubstr("16, 24 or 32 bytes, not 5"));
  EXPECT_THAT(ErrorOf("utils.crypto.encrypt('des', 'x', 'short')"), HasSubstr("must be one of \\\"aes\\\""));
  EXPECT_THAT(ErrorOf("utils.crypto.hmac('x', 'k', 'md5', 'hex')"),
              HasSubstr("the hash function must be one of \\\"sha1\\\", \\\"sha256\\\", \\\"sha512\\\""));
  EXPECT_THAT(ErrorOf("utils.crypto.hmac('x', 'k', 'sha1', 'latin1')"), HasSubstr("the output format must be one of"));
  EXPECT_THAT(ErrorOf("utils.crypto.hash('sha256', 5)"), HasSubstr("the input must be a string or a BSON.Binary"));
  EXPECT_THAT(ErrorOf("utils.crypto.sign('rsa', 'x', 'no key')"), HasSubstr("not a private key in PEM form"));
  EXPECT_THAT(ErrorOf("utils.crypto.decrypt('aes', BSON.Binary.fromHex('00'), '0123456789abcdef')"),
              HasSubstr("at least 28 bytes"));
}

TEST_F(WorkerCryptoTest, WritesAndReadsTokens) {
  EXPECT_EQ(ReturnedBy("utils.jwt.decode(utils.jwt.encode('HS512', {sub: 'a', n: 1}, 'key', {kid: '7'}), 'key', true)"),
            R"({"header":{"alg":"HS512","typ":"JWT","kid":"7"},"payload":{"sub":"a","n":{"$numberInt":"1"}}})");
  // RFC 7515, appendix A.1.
  EXPECT_EQ(
      ErrorOf(
          "utils.jwt.decode('eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQo"
          "gImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',"
          " BSON.Binary.fromBase64('AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ+EstJQLr/T+1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9"
          "CAow=='))"),
      "\"utils.jwt.decode: the token is expired\"");
}

TEST_F(WorkerCryptoTest, RefusesTokensThatProveNothing) {
  EXPECT_THAT(ErrorOf("utils.jwt.decode(utils.jwt.encode('HS256', {a: 1}, 'key'), 'other')"),
              HasSubstr("the signature is invalid"));
  EXPECT_THAT(ErrorOf("utils.jwt.decode('eyJhbGciOiJub25lIn0.e30.', 'key')"),
              HasSubstr("signing method must be one of"));
  EXPECT_THAT(ErrorOf("utils.jwt.decode(utils.jwt.encode('HS256', {}, 'key'), 'key', false, ['RS256'])"),
              HasSubstr("HS256 is not accepted"));
  EXPECT_THAT(ErrorOf("utils.jwt.decode(utils.jwt.encode('HS256', {}, 'key'), '-----BEGIN PUBLIC KEY-----')"),
              HasSubstr("is no secret"));
  EXPECT_THAT(ErrorOf("utils.jwt.decode(utils.jwt.encode('HS256', {nbf: Date.now() / 1000 + 60}, 'key'), 'key')"),
              HasSubstr("not valid yet"));
  EXPECT_THAT(ErrorOf("utils.jwt.decode('a.b', 'key')"), HasSubstr("three parts"));
  EXPECT_THAT(ErrorOf("utils.jwt.decode('a.b.c', 'key')"), HasSubstr("header is not a JSON object"));
}

// A text of PEM as a JavaScript literal.
std::string Literal(std::string_view pem) { return "`" + std::string(pem) + "`"; }

TEST_F(WorkerCryptoTest, SignsAndVerifiesWithTheDocumentedKey) {
  for (const char* scheme : {"", ", 'pss'", ", 'pkcs1v15'"}) {
    EXPECT_EQ(ReturnedBy("((s) => [s._bsontype, s.length(), utils.crypto.verify('rsa', 'MongoDB is great!', " +
                         Literal(crypto::kSamplePublicKey) + ", s" + scheme +
                         "), utils.crypto.verify('rsa', 'other', " + Literal(crypto::kSamplePublicKey) + ", s" +
                         scheme + ")])(utils.crypto.sign('rsa', 'MongoDB is great!', " +
                         Literal(crypto::kSamplePrivateKey) + scheme + "))"),
              R"(["Binary",{"$numberInt":"128"},true,false])")
        << scheme;
  }
  EXPECT_THAT(ErrorOf("utils.crypto.verify('rsa', 'x', 'key', BSON.Binary.fromHex('00'))"),
              HasSubstr("utils.crypto.verify: key: not a public key in PEM form"));
  EXPECT_THAT(ErrorOf("utils.crypto.verify('rsa', 'x', 'key', 'c2ln')"), HasSubstr("must be a BSON.Binary"));
  EXPECT_THAT(ErrorOf("utils.crypto.sign('dsa', 'x', 'key')"), HasSubstr("must be one of \\\"rsa\\\""));
  EXPECT_THAT(ErrorOf("utils.crypto.sign('rsa', 'x', 'key', 'oaep')"), HasSubstr("\\\"pss\\\", \\\"pkcs1v15\\\""));
}

TEST_F(WorkerCryptoTest, WritesThePublishedToken) {
  // The documentation of utils.jwt.encode and decode; its `iat` lies in the far future.
  const std::string token =
      "'eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIiwibmFtZSI6IkpvZSBTY2htb2UiLCJpYXQiOjE1NjU3MjEyMj"
      "MxODd9.-QL15ldu2BYuJokNWT6YRiwZQIiIpvq6Kyv-C6qslNdNiUVxo8zqLJZ1iEkNf2yZKMIrQuMCtIC1tzd2H31AxA'";
  EXPECT_EQ(ReturnedBy("utils.jwt.encode('HS512', {sub: '1234567890', name: 'Joe Schmoe', iat: 1565721223187}, "
                       "'SuperSecret') === " +
                       token),
            "true");
  EXPECT_EQ(ReturnedBy("utils.jwt.decode(" + token + ", 'SuperSecret', false, ['HS512'])"),
            R"({"sub":"1234567890","name":"Joe Schmoe","iat":{"$numberLong":"1565721223187"}})");
}

TEST_F(WorkerCryptoTest, SignsTokensWithEveryMethod) {
  const std::string pairs = R"js(
    const {createPrivateKey, createPublicKey} = require('crypto');
    const d = {
      'P-256': {x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU', y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
                d: 'jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI'},
      'P-521': {x: 'AHKZLLOsCOzz5cY97ewNUajB957y-C-U88c3v13nmGZx6sYl_oJXu9A5RkTKqjqvjyekWF-7ytDyRXYgCF5cj0Kt',
                y: 'AdymlHvOiLxXkEhayXQnNCvDX4h9htZaCJN34kfmC6pV5OhQHiraVySsUdaQkAgDPrwQrJmbnX9cwlGfP-HqHZR1',
                d: 'AAhRON2r9cqXX1hg-RoI6R1tX5p2rUAYdmpHZoC1XNM56KtscrX6zbKipQrCW9CGZH3T4ubpnoTKLDYJ_fF3_rJt'},
    };
    const elliptic = (crv) => createPrivateKey({key: {kty: 'EC', crv, ...d[crv]}, format: 'jwk'}).export();
    const open = (pem) => createPublicKey(pem).export();
  )js";
  EXPECT_EQ(Returned(pairs + R"js(
        exports = () => {
          const rsa = )js" +
                     Literal(crypto::kSamplePrivateKey) + R"js(;
          const keys = {HS: ['secret', 'secret'], RS: [rsa, open(rsa)], PS: [rsa, open(rsa)],
            ES256: [elliptic('P-256'), open(elliptic('P-256'))], ES512: [elliptic('P-521'), open(elliptic('P-521'))]};
          const out = [];
          for (const method of ['HS256', 'HS384', 'HS512', 'RS256', 'RS384', 'PS256', 'PS384', 'ES256', 'ES512']) {
            const [secret, key] = keys[method] || keys[method.slice(0, 2)];
            const token = utils.jwt.encode(method, {sub: 'a'}, secret);
            const {header, payload} = utils.jwt.decode(token, key, true, [method]);
            let refused = 0;
            for (const other of [token.slice(0, -8) + 'AAAAAAA' + token.slice(-1), token.replace('.', 'x.')]) {
              try { utils.jwt.decode(other, key); } catch { ++refused; }
            }
            out.push(header.alg === method && payload.sub === 'a' && refused === 2);
          }
          return out;
        };)js"),
            "[true,true,true,true,true,true,true,true,true]");
}

TEST_F(WorkerCryptoTest, VerifiesTheTokensOfRfc7515) {
  // Appendices A.2 and A.3; both expired in 2011, which is found out after the signature was verified.
  const std::string claims =
      "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
  const std::string rs256 =
      "eyJhbGciOiJSUzI1NiJ9." + claims +
      ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUA"
      "r7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--"
      "xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_Io"
      "ypGlUPQGe77Rw";
  const std::string es256 = "eyJhbGciOiJFUzI1NiJ9." + claims +
                            ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
  auto decode = [&](const std::string& token, const char* key) {
    return ErrorOf("utils.jwt.decode('" + token + "', " + Literal(key) + ")");
  };
  EXPECT_THAT(decode(rs256, crypto::kRfc7515RsaKey), HasSubstr("the token is expired"));
  EXPECT_THAT(decode(es256, crypto::kRfc7515EcKey), HasSubstr("the token is expired"));
  EXPECT_THAT(decode(rs256, crypto::kRfc7520RsaKey), HasSubstr("the signature is invalid"));
  EXPECT_THAT(decode(es256, crypto::kRfc7520EcKey), HasSubstr("the key for ES256 must be one of the curve P-256"));
  EXPECT_THAT(decode(rs256, crypto::kRfc7515EcKey), HasSubstr("key: not an RSA key"));
}

TEST_F(WorkerCryptoTest, RefusesClaimsAndHeadersItCannotHonour) {
  auto decoded = [&](const std::string& claims, const std::string& header = "{}") {
    return ErrorOf("utils.jwt.decode(utils.jwt.encode('HS256', " + claims + ", 'key', " + header + "), 'key')");
  };
  EXPECT_THAT(decoded("{exp: Date.now() / 1000 - 1}"), HasSubstr("the token is expired"));
  EXPECT_THAT(decoded("{exp: '2099'}"), HasSubstr("exp must be a number"));
  EXPECT_THAT(decoded("{nbf: BSON.Long.fromNumber(Date.now() / 1000 + 60)}"), HasSubstr("not valid yet"));
  EXPECT_THAT(decoded("{}", "{crit: ['b64'], b64: false}"), HasSubstr("critical"));
  EXPECT_EQ(decoded("'{\"a\": {\"$numberLong\": \"5\"}}'", "{alg: 'none', typ: 'at+jwt'}"),
            R"({"a":{"$numberInt":"5"}})");
  EXPECT_THAT(decoded("'text'"), HasSubstr("the payload must be an object"));
  EXPECT_THAT(ErrorOf("utils.jwt.encode('HS256', {}, '')"), HasSubstr("string with text"));
  EXPECT_THAT(ErrorOf("utils.jwt.encode('none', {}, 'x')"), HasSubstr("must be one of HS256"));
  EXPECT_THAT(ErrorOf("utils.jwt.encode('HS256', {}, " + Literal(crypto::kRfc7515RsaKey) + ")"),
              HasSubstr("a key in PEM form is no secret"));
  EXPECT_THAT(ErrorOf("utils.jwt.decode(utils.jwt.encode('HS256', {}, 'k'), 'k', false, [])"),
              HasSubstr("is not accepted"));
}

TEST_F(WorkerCryptoTest, HasNodesCryptoModule) {
  const std::pair<const char*, const char*> cases[] = {
      {"c.createHash('sha1').update('a').update('bc').digest('hex')", "\"a9993e364706816aba3e25717850c26c9cd0d89d\""},
      {"c.createHmac('sha256', 'Jefe').update('what do ya want for nothing?').digest('base64')",
       "\"W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=\""},
      {"c.timingSafeEqual(Buffer.from('a'), Buffer.from('a'))", "true"},
      {"c.pbkdf2Sync('password', 'salt', 2, 20, 'sha1').toString('hex')",
       "\"ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957\""},
      {"(() => { const e = c.createCipheriv('aes-128-gcm', '0123456789abcdef', '0123456789ab');"
       " const s = Buffer.concat([e.update('text'), e.final()]), d = c.createDecipheriv('aes-128-gcm', "
       "'0123456789abcdef',"
       " '0123456789ab'); d.setAuthTag(e.getAuthTag()); return Buffer.concat([d.update(s), d.final()]).toString(); "
       "})()",
       "\"text\""},
      {"c.randomBytes(70000).length === 70000 && /^[0-9a-f-]{36}$/.test(c.randomUUID())", "true"},
      {"c.createECDH('secp256k1').generateKeys().length === 65", "true"},
  };
  for (const auto& [expression, result] : cases) {
    EXPECT_EQ(Returned(std::string("const c = require('crypto'); exports = async () => ") + expression + ";"), result)
        << expression;
  }
}

TEST_F(WorkerCryptoTest, DerivesKeysThatAreKnown) {
  const std::pair<const char*, const char*> cases[] = {
      {"c.pbkdf2Sync('passwordPASSWORDpassword', 'saltSALTsaltSALTsaltSALTsaltSALTsalt', 4096, 25, "
       "'sha1').toString('hex')",
       "\"3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038\""},
      {"new Promise((done) => c.pbkdf2('password', 'salt', 50000, 8, 'sha256', (e, k) => done(e || "
       "k.toString('hex'))))",
       "\"ae409ce6f5eaac4f\""},
      {"c.scryptSync('password', 'NaCl', 16, {N: 1024, r: 8, p: 16}).toString('hex')",
       "\"fdbabe1c9d3472007856e7190d01e9fe\""},
      // RFC 5869, test case 1.
      {"Buffer.from(c.hkdfSync('sha256', Buffer.alloc(22, 0x0b), Buffer.from('000102030405060708090a0b0c', 'hex'),"
       " Buffer.from('f0f1f2f3f4f5f6f7f8f9', 'hex'), 42)).toString('hex')",
       "\"3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865\""},
  };
  for (const auto& [expression, result] : cases) {
    EXPECT_EQ(Returned(std::string("const c = require('crypto'); exports = async () => ") + expression + ";"), result)
        << expression;
  }
}

TEST_F(WorkerCryptoTest, StreamsGiveWhatOneCallGives) {
  EXPECT_EQ(Returned(R"js(
    const c = require('crypto');
    exports = () => {
      const data = Buffer.alloc(9 << 20, 'seam');
      const pieces = c.createHash('sha256');
      for (let at = 0; at < data.length; at += 70000) pieces.update(data.subarray(at, at + 70000));
      const early = c.createHash('sha1').update('a');
      const copy = early.copy().update('b');
      const whole = c.createHash('sha256').update(data).digest('hex');
      const key = Buffer.alloc(32, 1), iv = Buffer.alloc(16, 2);
      const cipher = c.createCipheriv('aes-256-cbc', key, iv);
      let sealed = '';
      for (let at = 0; at < 1000; at += 7) sealed += cipher.update(data.subarray(at, at + 7), undefined, 'base64');
      sealed += cipher.final('base64');
      const decipher = c.createDecipheriv('aes-256-cbc', key, iv);
      const plain = decipher.update(sealed, 'base64', 'utf8') + decipher.final('utf8');
      return [pieces.digest('hex') === whole, utils.crypto.hash('sha256', data).toHex() === whole,
        early.digest('hex') === c.createHash('sha1').update('a').digest('hex'),
        copy.digest('hex') === c.createHash('sha1').update('ab').digest('hex'),
        plain === data.toString('utf8', 0, 1001)];
    };)js"),
            "[true,true,true,true,true]");
}

TEST_F(WorkerCryptoTest, HashesAndCiphersAreStreams) {
  EXPECT_EQ(Returned(R"js(
    const c = require('crypto');
    const {Readable} = require('stream');
    exports = () => new Promise((resolve, reject) => {
      const key = Buffer.alloc(16, 1), iv = Buffer.alloc(12, 2);
      const hash = c.createHash('sha1');
      hash.on('error', reject).on('data', (digest) => resolve([digest.toString('hex'), hash instanceof Readable]));
      Readable.from(['a', 'b', 'c']).pipe(c.createCipheriv('aes-128-ctr', key, Buffer.alloc(16)))
        .pipe(c.createDecipheriv('aes-128-ctr', key, Buffer.alloc(16))).pipe(hash);
    });)js"),
            R"(["a9993e364706816aba3e25717850c26c9cd0d89d",true])");
}

TEST_F(WorkerCryptoTest, RefusesAWrongTag) {
  EXPECT_THAT(Returned(R"js(
    const c = require('crypto');
    exports = () => {
      const key = Buffer.alloc(32, 1), iv = Buffer.alloc(12, 2), out = [];
      const cipher = c.createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from('head'));
      const sealed = cipher.update('text', 'utf8', 'hex') + cipher.final('hex');
      const tag = cipher.getAuthTag();
      const open = (tag, aad) => {
        const decipher = c.createDecipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(aad));
        if (tag) decipher.setAuthTag(tag);
        try { return decipher.update(sealed, 'hex', 'utf8') + decipher.final('utf8'); } catch (e) { return e.message; }
      };
      return [open(tag, 'head'), open(tag, 'tail'), open(Buffer.alloc(16), 'head'), open(undefined, 'head')];
    };)js"),
              R"(["text","the data cannot be authenticated: another key, or damaged",)"
              R"("the data cannot be authenticated: another key, or damaged","the authentication tag is missing"])");
}

TEST_F(WorkerCryptoTest, SignsWithKeysInEveryForm) {
  EXPECT_EQ(Returned("const c = require('crypto'); const pem = " + Literal(crypto::kSamplePrivateKey) + R"js(;
    exports = () => {
      const secret = c.createPrivateKey(pem), open = c.createPublicKey(pem), out = [];
      const der = secret.export({type: 'pkcs8', format: 'der'});
      const inDer = {key: der, format: 'der', type: 'pkcs8'};
      for (const key of [pem, Buffer.from(pem), {key: pem}, secret, {key: secret}, inDer]) {
        const signature = c.createSign('RSA-SHA256').update('m').sign(key, 'base64');
        out.push(c.createVerify('sha256').update('m').verify(open, signature, 'base64'));
      }
      const pss = {key: secret, padding: c.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32};
      const signature = c.sign('sha256', Buffer.from('m'), pss);
      out.push(c.verify('sha256', Buffer.from('m'), {...pss, key: open}, signature),
        c.verify('sha256', Buffer.from('m'), open, signature));
      const sealed = c.publicEncrypt({key: open, oaepHash: 'sha256'}, Buffer.from('text'));
      out.push(c.privateDecrypt({key: secret, oaepHash: 'sha256'}, sealed).toString());
      out.push(secret.type, secret.asymmetricKeyType, open.asymmetricKeyDetails.modulusLength);
      out.push(c.createHmac('sha1', c.createSecretKey(Buffer.from('key'))).update('m').digest('base64url').length);
      return out;
    };)js"),
            R"([true,true,true,true,true,true,true,false,"text","private","rsa",{"$numberInt":"1024"},)"
            R"({"$numberInt":"27"}])");
}

TEST_F(WorkerCryptoTest, HasTheWebsCrypto) {
  EXPECT_EQ(Returned(R"js(
    exports = async () => {
      const data = new TextEncoder().encode('abc');
      const algorithm = {name: 'HMAC', hash: 'SHA-256'};
      const key = await crypto.subtle.importKey('raw', data, algorithm, false, ['sign', 'verify']);
      const signature = await crypto.subtle.sign('HMAC', key, data);
      return [Buffer.from(await crypto.subtle.digest('SHA-1', data)).toString('hex'),
        await crypto.subtle.verify('HMAC', key, signature, data), crypto.getRandomValues(new Uint32Array(4)).length,
        await crypto.subtle.digest('MD5', data).catch((error) => error.name)];
    };)js"),
            R"(["a9993e364706816aba3e25717850c26c9cd0d89d",true,{"$numberInt":"4"},"NotSupportedError"])");
}

TEST_F(WorkerCryptoTest, SaysWhatNodesModuleCannotDoHere) {
  const std::pair<const char*, const char*> cases[] = {
      {"c.createHash('sha99')", "Digest method not supported: sha99, allowed: md5"},
      {"c.createCipheriv('rot13', 'k', 'i')", "Unknown cipher: rot13, allowed: aes-128-cbc"},
      {"c.createCipheriv('aes-128-cbc', 'short', Buffer.alloc(16))", "key: 5 bytes, allowed for aes-128-cbc: 16"},
      {"c.createHash('md5').update(5)", "must be of type string or an instance of Buffer"},
      {"(() => { const h = c.createHash('md5'); h.digest(); h.digest(); })()", "Digest already called"},
      {"c.generateKeyPairSync('rsa')", "not available in functions"},
      {"c.createSign('sha256').update('x').sign({key: 'x', passphrase: 'y'})", "pass phrase"},
      {"c.scryptSync('p', 's', 32, {N: 1 << 20})", "too much work, allowed: N * r * p at most 262144"},
      {"c.timingSafeEqual(Buffer.from('a'), Buffer.from('ab'))", "must have the same byte length"},
      {"c.randomBytes(-1)", "out of range"},
      {"c.createPublicKey({key: {kty: 'EC', crv: 'P-1'}, format: 'jwk'})", "Invalid JWK"},
  };
  for (const auto& [expression, message] : cases) {
    EXPECT_THAT(ErrorOf(std::string("(() => { const c = require('crypto'); return ") + expression + "; })()"),
                HasSubstr(message))
        << expression;
  }
}

TEST_F(WorkerCryptoTest, KeepsOnlySoManyHashesAtATime) {
  EXPECT_THAT(Returned(R"js(
    const c = require('crypto');
    exports = () => {
      const large = Buffer.alloc(70000), hashes = [];
      for (let i = 0; i < 300; ++i) hashes.push(c.createHash('sha1').update(large));
      const last = hashes.pop().digest('hex') === c.createHash('sha1').update(large).digest('hex');
      try { hashes[0].digest(); } catch (error) { return [last, error.message]; }
    };)js"),
              HasSubstr("[true,\"too many hashes and ciphers were begun since, allowed: 256 at a time\"]"));
}

TEST_F(WorkerCryptoTest, EndsWorkThatTakesTooLong) {
  view_.mutable_limits()->mutable_cpu_time_max()->set_seconds(0);
  view_.mutable_limits()->mutable_cpu_time_max()->set_nanos(200'000'000);
  for (const char* work :
       {"c.pbkdf2Sync('p', 's', 1e9, 32, 'sha512')",
        "(() => { const b = Buffer.alloc(6 << 20); for (;;) c.createHash('md5').update(b).digest(); })()",
        "(() => { for (;;) c.scryptSync('p', 's', 32); })()"}) {
    v1::ExecuteResponse response =
        RunFunction(std::string("const c = require('crypto'); exports = () => { ") + work + "; };");
    view_.clear_functions();
    EXPECT_EQ(response.failure().kind(), v1::Failure::KIND_CPU_TIME_LIMIT) << work << response.ShortDebugString();
    EXPECT_LT(response.usage().cpu_time().nanos() / 1'000'000, 500) << work;
  }
}

}  // namespace
}  // namespace overlock::executor
