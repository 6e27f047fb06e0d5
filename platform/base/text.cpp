// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/base/text.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <new>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

namespace snnvp {

namespace {

/// Closes a file descriptor on every path out of a function.
class Descriptor {
public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }
  /// Closes now; false if the file system reports a late write error.
  bool close() {
    const int fd = fd_;
    fd_ = -1;
    return ::close(fd) == 0;
  }

private:
  int fd_;
};

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

std::string shortest_double(double value) {
  if (std::isnan(value)) return "nan";
  std::array<char, 32> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return std::string(buffer.data(), result.ptr);
}

std::string hex(std::uint64_t value, int digits) { return fmt::format("{:0{}x}", value, digits); }

std::string printable(std::string_view text, std::size_t most) {
  const bool is_cut = text.size() > most;
  if (is_cut) {
    // Never cut inside a UTF-8 sequence.
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
    text = text.substr(0, most);
  }
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n')
      out += "\\n";
    else if (c == '\t')
      out += "\\t";
    else if (byte < 0x20 || byte == 0x7F)
      out += "\\x" + hex(byte, 2);
    else
      out += c;
  }
  return is_cut ? out + "..." : out;
}

std::string quote(std::string_view text, std::size_t most) { return "'" + printable(text, most) + "'"; }

bool is_utf8(std::string_view text, std::size_t& bad_at) {
  std::size_t i = 0;
  while (i < text.size()) {
    const auto lead = static_cast<unsigned char>(text[i]);
    std::size_t more = 0;
    std::uint32_t code = lead, least = 0;
    if (lead >= 0x80) {
      if ((lead & 0xE0) == 0xC0)
        more = 1, code = lead & 0x1Fu, least = 0x80;
      else if ((lead & 0xF0) == 0xE0)
        more = 2, code = lead & 0x0Fu, least = 0x800;
      else if ((lead & 0xF8) == 0xF0)
        more = 3, code = lead & 0x07u, least = 0x10000;
      else
        return bad_at = i, false;
    }
    for (std::size_t k = 1; k <= more; ++k) {
      if (i + k >= text.size() || (static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) return bad_at = i, false;
      code = code << 6 | (static_cast<unsigned char>(text[i + k]) & 0x3Fu);
    }
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < least || code > 0x10FFFF || surrogate) return bad_at = i, false;
    i += more + 1;
  }
  return true;
}

std::optional<std::string> read_file(const std::string& path, std::string& problem, std::uint64_t limit) {
  const auto fail = [&](const std::string& why) {
    problem = "cannot read " + path + ": " + why;
    return std::nullopt;
  };
  if (path.empty() || path.find('\0') != std::string::npos) {
    problem = path.empty() ? "the file name is empty" : "the file name holds a zero byte: " + quote(path);
    return std::nullopt;
  }
  // Non-blocking, so that opening a pipe nobody writes to cannot hang.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return fail(std::strerror(errno));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0) return fail(std::strerror(errno));
  if (S_ISDIR(info.st_mode)) return fail("it is a folder");
  if (!S_ISREG(info.st_mode)) return fail("it is not a regular file");
  const auto size = static_cast<std::uint64_t>(info.st_size);
  if (size > limit) return fail(fmt::format("it has {} bytes, the limit is {}", size, limit));

  try {
    std::string bytes;
    std::array<char, 65536> chunk;
    bytes.reserve(static_cast<std::size_t>(size));
    for (;;) {
      const ssize_t n = ::read(file.get(), chunk.data(), chunk.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return fail(std::strerror(errno));
      if (n == 0) return bytes;
      bytes.append(chunk.data(), static_cast<std::size_t>(n));
      if (bytes.size() > limit) return fail(fmt::format("it has more than {} bytes", limit));
    }
  } catch (const std::bad_alloc&) {
    return fail(fmt::format("its {} bytes do not fit into memory", size));
  }
}

bool write_file_atomically(const std::string& path, std::string_view bytes, std::string& problem) {
  static std::atomic<unsigned> counter{0};
  const std::string temporary = fmt::format("{}.tmp.{}.{}", path, ::getpid(), counter++);
  const auto fail = [&](int error) {
    problem = "cannot write " + path + ": " + std::strerror(error);
    return false;
  };
  Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  if (file.get() < 0) return fail(errno);
  if (!write_all(file.get(), bytes) || ::fsync(file.get()) != 0 || !file.close() || std::rename(temporary.c_str(), path.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return fail(error);
  }
  return true;
}

}  // namespace snnvp
