// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/base/sha256.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>

#include <openssl/evp.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>

namespace snnvp {

namespace {

class Digest {
public:
  Digest() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) { check(context_ ? EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) : 0); }
  void add(const char* data, std::size_t size) { check(EVP_DigestUpdate(context_.get(), data, size)); }
  std::string finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
    unsigned size = 0;
    check(EVP_DigestFinal_ex(context_.get(), bytes.data(), &size));
    std::string out;
    for (unsigned i = 0; i < size; ++i) out += hex(bytes[i], 2);
    return out;
  }

private:
  static void check(int ok) {
    if (ok != 1) throw InternalError("the OpenSSL library refuses to compute SHA-256");
  }
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

std::string sha256(std::string_view bytes) {
  Digest digest;
  digest.add(bytes.data(), bytes.size());
  return digest.finish();
}

std::optional<std::string> sha256_of_file(const std::string& path, std::string& problem) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    problem = "cannot read " + path + ": it is not a regular file";
    return std::nullopt;
  }
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    problem = "cannot read " + path + ": " + std::strerror(errno ? errno : EIO);
    return std::nullopt;
  }
  Digest digest;
  std::array<char, 65536> chunk;
  while (in.read(chunk.data(), chunk.size()), in.gcount() > 0) digest.add(chunk.data(), static_cast<std::size_t>(in.gcount()));
  if (in.bad()) {
    problem = "cannot read " + path + ": read error";
    return std::nullopt;
  }
  return digest.finish();
}

}  // namespace snnvp
