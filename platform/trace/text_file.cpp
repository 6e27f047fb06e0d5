// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/trace/text_file.h>

#include <cerrno>
#include <cstring>

#include <zlib.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>

namespace snnvp::trace {

TextFile::TextFile(std::string path, bool gzip) : path_(std::move(path)) {
  if (gzip)
    packed_ = gzopen(path_.c_str(), "wb6");
  else
    plain_ = std::fopen(path_.c_str(), "wb");
  if (plain_ == nullptr && packed_ == nullptr) refuse();
}

TextFile::~TextFile() {
  if (plain_ != nullptr) std::fclose(plain_);
  if (packed_ != nullptr) gzclose(packed_);
}

void TextFile::refuse() const { throw InputError("cannot write " + quote(path_, 200) + ": " + std::strerror(errno != 0 ? errno : EIO)); }

void TextFile::flush() {
  if (buffer_.empty()) return;
  const bool is_done = packed_ != nullptr
                           ? gzwrite(packed_, buffer_.data(), static_cast<unsigned>(buffer_.size())) == static_cast<int>(buffer_.size())
                           : std::fwrite(buffer_.data(), 1, buffer_.size(), plain_) == buffer_.size();
  if (!is_done) refuse();
  buffer_.clear();
}

void TextFile::close() {
  flush();
  const bool is_done = packed_ != nullptr ? gzclose(packed_) == Z_OK : std::fclose(plain_) == 0;
  plain_ = nullptr, packed_ = nullptr;
  if (!is_done) refuse();
}

}  // namespace snnvp::trace
