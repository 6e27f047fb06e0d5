// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include <snnvp/platform/config/trace_decl.h>
#include <snnvp/platform/trace/timeline.h>

namespace snnvp::trace {

struct FileSettings {
  std::string path;
  TraceFormat format = TraceFormat::chrome;
  bool gzip = false;
  std::string scenario, hash, version;  ///< of the run
};

struct Written {
  std::string path;
  std::uint64_t events = 0, dropped = 0;
};

/// Fails early where the file cannot be written later: opens PATH.partial. InputError.
void check_writable(const std::string& path);

/// Writes PATH.partial and renames it when it is whole: what has the file's own name is never a part. InputError if that fails.
Written write_file(const Tracer& tracer, const FileSettings& settings);

// The writers; each returns the number of events in its file.
class TextFile;
std::uint64_t write_chrome(const Timeline& timeline, const FileSettings& settings, TextFile& file);
std::uint64_t write_vcd(const Timeline& timeline, const FileSettings& settings, TextFile& file);
std::uint64_t write_sqlite(const Timeline& timeline, const FileSettings& settings, const std::string& path);

}  // namespace snnvp::trace
