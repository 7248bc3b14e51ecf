// Published keys for tests.
#ifndef OVERLOCK_SERVICES_EXECUTOR_CRYPTO_TEST_KEYS_H_
#define OVERLOCK_SERVICES_EXECUTOR_CRYPTO_TEST_KEYS_H_

namespace overlock::executor::crypto {

// RFC 7515, appendices A.2 and A.3.
constexpr char kRfc7515RsaKey[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofgWCuLjybRlzo0tZWJj\n"
    "NiuSfb4p4fAkd/wWJcyQoTbji9k0l8W26mPddxHmfHQp+Vaw+4qPCJrcS2mJPMEz\n"
    "P1Pt0Bm4d4QlL+yRT+SFd2lZS+pCgNMsD1W/YpRPEwOWvG6b32690r2jZ47soMZo\n"
    "9wGzjb/7OMg0LOL+bSf63kpaSHSXndS5z5rexMdbBYUsLA9e+KXBdQOS+UTo7WTB\n"
    "EMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6/I5IhlJH7aGhyxX\n"
    "FvUK+DWNmoudF8NAco9/h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXp\n"
    "oQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
constexpr char kRfc7515EcKey[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEf83OJ3D2xF1Bg8vub9tLe1gHMzV7\n"
    "6e8Tus9uPHvRVEXH8UTNG72bfocs3+257rn0s2ldbqkLJK2KRiMohYjlrQ==\n"
    "-----END PUBLIC KEY-----\n";

// RFC 7520, sections 3.4 and 3.1.
constexpr char kRfc7520RsaKey[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAn4EPtAOCc9AlkeQHPzHS\n"
    "tgAbgs7bTZLwUBZdR8/KuKPEHLd4rHVTeT+O+XV2jRojdNhxJWTDvNd7nqQ0VEiZ\n"
    "QHz/AJmSCpMaJMRBSFKrKb2wqVwGU/NsYOYL+QtiWN2lbzcEe6XC0dApr5ydQLrH\n"
    "qkHHig3RBordaZ6Aj+oBHqFEHYpPe7Tpe+OfVfHd1E6cS6M1FZcD1NNLYD5lFHpP\n"
    "I9bTwJlsde3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3+tVTU4fg/3L/vniUFAKw\n"
    "uCLqKnS2BYwdq/mzSnbLY7h/qixoR7jig3//kRhuaxwUkRz5iaiQkqgc5gHdrNP5\n"
    "zwIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
constexpr char kRfc7520EcKey[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGbMBAGByqGSM49AgEGBSuBBAAjA4GGAAQAcpkss6wI7PPlxj3t7A1RqMH3nvL4\n"
    "L5Tzxze/XeeYZnHqxiX+gle70DlGRMqqOq+PJ6RYX7vK0PJFdiAIXlyPQq0B3KaU\n"
    "e86IvFeQSFrJdCc0K8NfiH2G1loIk3fiR+YLqlXk6FAeKtpXJKxR1pCQCAM+vBCs\n"
    "mZudf1zCUZ8/4eodlHU=\n"
    "-----END PUBLIC KEY-----\n";

// The private key of the documentation of `utils.crypto.sign`, and its public half, in PKCS#1.
constexpr char kSamplePrivateKey[] =
    "-----BEGIN RSA PRIVATE KEY-----\n"
    "MIICXAIBAAKBgQDVsEjse2qO4v3p8RM/q8Rqzloc1lee34yoYuKZ2cemuUu8Jpc7\n"
    "KFO1+aJpXdbSPZNhGLdANn8f2oMIZ1R9hgEJRn/Qm/YyC4RPTGg55nzHqSlziNZJ\n"
    "JAyEUyU7kx5+Kb6ktgojhk8ocZRkorM8FEylkrKzgSrfay0PcWHPsKlmeQIDAQAB\n"
    "AoGAHlVK1L7kLmpMbuP4voYMeLjYE9XdVEEZf2GiFwLSE3mkJY44033y/Bb2lgxr\n"
    "DScOf675fFUAEK59ATlhxfu6s6rgx+g9qQQ+mL74YZWPqiZHBPjyMRaBalDVC4QF\n"
    "YJ+DopFcB8hY2ElXnbK70ALmVYNjw3RdmC97h0YfOsQcWW0CQQD18aeuPNicVnse\n"
    "Ku22vvhvQYlabaQh4xdkEIxz1TthZj48f61wZwEMipYqOAc5XEtDlNnxgeipv0yF\n"
    "RHstUjwXAkEA3m0Br/U/vC9evuXppWbONana08KLgfELyd3Uw9jG7VKJZTBH5mS8\n"
    "7CB68aEF8egrJpo8Ss8BkWrvCxYDb4Y77wJAUlbOMZozVtvpKidrIFR9Lho91uWA\n"
    "Hsw9h4W20AzibXBig7SnJ0uE4WMAdS/+0yhgFkceVCmO8E2YW8Gaj4jJjwJASxtg\n"
    "AHy+ItuUEL4uIW4Pn8tVW0BMP3qX0niXyfI/ag/+2S5uePv3V3y4RzNqgH83Yved\n"
    "+FziWKpVQdcTHeuj/QJBAJl1G3WFruk0llIoKKbKljaEiCm1WCTcuEPbdOtkJYvO\n"
    "9ZYQg/fji70FERkq2KHtY7aLhCHzy0d4n9xgE/pjV+I=\n"
    "-----END RSA PRIVATE KEY-----\n";
constexpr char kSamplePublicKey[] =
    "-----BEGIN RSA PUBLIC KEY-----\n"
    "MIGJAoGBANWwSOx7ao7i/enxEz+rxGrOWhzWV57fjKhi4pnZx6a5S7wmlzsoU7X5\n"
    "omld1tI9k2EYt0A2fx/agwhnVH2GAQlGf9Cb9jILhE9MaDnmfMepKXOI1kkkDIRT\n"
    "JTuTHn4pvqS2CiOGTyhxlGSiszwUTKWSsrOBKt9rLQ9xYc+wqWZ5AgMBAAE=\n"
    "-----END RSA PUBLIC KEY-----\n";

// A key that is for RSASSA-PSS with SHA-256 only, made for these tests.
constexpr char kPssPrivateKey[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIICqQIBADBBBgkqhkiG9w0BAQowNKAPMA0GCWCGSAFlAwQCAQUAoRwwGgYJKoZI\n"
    "hvcNAQEIMA0GCWCGSAFlAwQCAQUAogMCASAEggJfMIICWwIBAAKBgQC+uQlOxqsF\n"
    "CkynB+EPwIbcMePinp766A1zNW1MZwDz0EqOQ5MXdA1GgxIssMHKPrc0eQDnSiRo\n"
    "y9toCbN830BRTrQ60CQuzVDt+NudISKubKNl+JVDWBwQ4zx5JHwW+TljbbhdxkA4\n"
    "CCKMn3MnzQ6GZIeygwKMHbJDS9KDCFuyDQIDAQABAoGAJRt9Sx1uQtHJLipjSJxN\n"
    "4OO4EeyIxAqIK2U2ucnErqtVBi7xnHuQ5ao0zAsr+TyQip4MZfPP96/KJYjVqjMJ\n"
    "oTICuvVR3ag5UXJMB3BeB8A3bMWJ4lz8DkZ2TJZb7oiSx/J4+e2+9af8m5TwlGcy\n"
    "GlTQ4eb3vSIjIkZ9F5cO+qUCQQDr80OE7CQaLs9ONJNFMJJyKZMylSB4JpOz2AHu\n"
    "oeieFIvqPwCVTcJyD2NynswnToReGzhYDZ90Wg15mrAw4rb/AkEAzu3rL7y67r3x\n"
    "YYXlnMtrN4GIeD/xRH7UXlc2xUA2vO6Vb3/H0zC/7pF+OtHhtIQ1XP2om8u+qvxK\n"
    "RFj9LkYC8wJAUAmR8soDqRoN2lJ9TnAejTlLJFJv1DIJ0mzIowErHkyL9abvdLYO\n"
    "6pALxPrW99JrllyXbU8ZsudFQOXXNI4DUwJAYAVhDB7Ms3oqZzGl0bNHBlOySvKI\n"
    "91rPGxPnU3Kvs84WQ84MoMBPX9ndtFeuH4D17je6pMjPqjI2GC8fFPjh5wJAdVM/\n"
    "dZzQitTwiRJ7K6GDBq9DxnNWw2yjLzJfJcigFHZx12gS5NCIJNvjDpTZgYTW+hW/\n"
    "PHTULu3YTbmqGa4uhQ==\n"
    "-----END PRIVATE KEY-----\n";

}  // namespace overlock::executor::crypto

#endif  // OVERLOCK_SERVICES_EXECUTOR_CRYPTO_TEST_KEYS_H_
