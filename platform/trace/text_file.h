// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include <fmt/format.h>

struct gzFile_s;

namespace snnvp::trace {

/// A file that is written from front to back, through gzip if wanted.
class TextFile {
public:
  TextFile(std::string path, bool gzip);
  ~TextFile();
  TextFile(const TextFile&) = delete;
  TextFile& operator=(const TextFile&) = delete;

  template <typename... Ts>
  void print(fmt::format_string<Ts...> form, Ts&&... values) {
    fmt::format_to(std::back_inserter(buffer_), form, std::forward<Ts>(values)...);
    if (buffer_.size() > most_buffered) flush();
  }
  void put(std::string_view text) {
    buffer_.append(text);
    if (buffer_.size() > most_buffered) flush();
  }
  /// Everything is on the disk. InputError if it is full.
  void close();

private:
  static constexpr std::size_t most_buffered = 1 << 18;
  void flush();
  [[noreturn]] void refuse() const;

  std::string path_, buffer_;
  std::FILE* plain_ = nullptr;
  gzFile_s* packed_ = nullptr;
};

}  // namespace snnvp::trace
