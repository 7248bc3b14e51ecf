// gzip, unpacked as it comes.
#ifndef OVERLOCK_COMMON_HTTP_CLIENT_INFLATER_H_
#define OVERLOCK_COMMON_HTTP_CLIENT_INFLATER_H_

#include <zlib.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace overlock::http {

// Not thread-safe.
class Inflater {
 public:
  enum class Result { kGood, kCorrupt, kTooLarge };

  // What is unpacked may have so many bytes in all.
  explicit Inflater(size_t bytes_max);
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Appends to `unpacked` what `packed`, the next piece, holds. Several streams may follow one another. Nothing may be
  // added once the result was not kGood.
  Result Add(std::string_view packed, std::string& unpacked);
  // Nothing is missing at the end. An empty body is none.
  bool Ended() const { return !began_ || ended_; }

 private:
  z_stream stream_ = {};
  size_t left_;
  bool began_ = false;
  bool ended_ = false;
};

}  // namespace overlock::http

#endif  // OVERLOCK_COMMON_HTTP_CLIENT_INFLATER_H_
