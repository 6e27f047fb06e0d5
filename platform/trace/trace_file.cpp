// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/trace/trace_file.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/trace/text_file.h>

namespace snnvp::trace {
namespace {

std::string partial(const std::string& path) { return path + ".partial"; }

/// Takes the partial file away unless the whole one has replaced it.
class Cleanup {
public:
  explicit Cleanup(std::string path) : path_(std::move(path)) {}
  ~Cleanup() {
    if (!path_.empty()) std::remove(path_.c_str());
  }
  void keep() { path_.clear(); }

private:
  std::string path_;
};

}  // namespace

void check_writable(const std::string& path) {
  if (std::filesystem::is_directory(path)) throw InputError("cannot write " + quote(path, 200) + ": it is a folder");
  TextFile(partial(path), false).close();
}

Written write_file(const Tracer& tracer, const FileSettings& settings) {
  const Timeline timeline(tracer);
  const std::string path = partial(settings.path);
  Cleanup cleanup(path);
  Written written{settings.path, 0, tracer.dropped()};
  if (settings.format == TraceFormat::sqlite) {
    written.events = write_sqlite(timeline, settings, path);
  } else {
    TextFile file(path, settings.gzip);
    written.events = settings.format == TraceFormat::chrome ? write_chrome(timeline, settings, file) : write_vcd(timeline, settings, file);
    file.close();
  }
  if (std::rename(path.c_str(), settings.path.c_str()) != 0)
    throw InputError("cannot write " + quote(settings.path, 200) + ": " + std::strerror(errno));
  cleanup.keep();
  return written;
}

}  // namespace snnvp::trace
