#include "common/http_client/inflater.h"

namespace overlock::http {

Inflater::Inflater(size_t bytes_max) : left_(bytes_max) {
  constexpr int kGzipOnly = 16;
  inflateInit2(&stream_, MAX_WBITS + kGzipOnly);
}

Inflater::Result Inflater::Add(std::string_view packed, std::string& unpacked) {
  stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream_.avail_in = static_cast<uInt>(packed.size());
  char buffer[16384];
  do {
    if (ended_ && stream_.avail_in > 0) {
      if (inflateReset(&stream_) != Z_OK) return Result::kCorrupt;
      ended_ = false;
    }
    began_ = began_ || stream_.avail_in > 0;
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = sizeof(buffer);
    int code = inflate(&stream_, Z_NO_FLUSH);
    if (code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) return Result::kCorrupt;
    ended_ = code == Z_STREAM_END;
    size_t made = sizeof(buffer) - stream_.avail_out;
    if (made > left_) return Result::kTooLarge;
    left_ -= made;
    unpacked.append(buffer, made);
  } while (stream_.avail_in > 0 || stream_.avail_out == 0);
  return Result::kGood;
}

}  // namespace overlock::http
