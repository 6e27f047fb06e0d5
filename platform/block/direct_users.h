// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include <snnvp/platform/block/firmware.h>

namespace snnvp {

/// What all harts did to a memory past its port, code included, since the memory's counts began. Code is fetched by words of 4 bytes, each
/// of which is an access.
class DirectUsers {
public:
  struct Sum {
    std::uint64_t reads = 0, writes = 0, bytes_read = 0, bytes_written = 0;
    bool any() const { return (reads | writes) != 0; }
  };

  void add(std::function<DirectUse()> use) { users_.push_back(std::move(use)); }
  Sum sum() const {
    const Sum all = total();
    return {all.reads - before_.reads, all.writes - before_.writes, all.bytes_read - before_.bytes_read,
            all.bytes_written - before_.bytes_written};
  }
  /// Counts begin again.
  void reset() { before_ = total(); }

private:
  Sum total() const {
    Sum all;
    for (const auto& user : users_) {
      const DirectUse use = user();
      all.reads += use.reads + (use.bytes_fetched + 3) / 4;
      all.writes += use.writes;
      all.bytes_read += use.bytes_read + use.bytes_fetched;
      all.bytes_written += use.bytes_written;
    }
    return all;
  }

  std::vector<std::function<DirectUse()>> users_;
  Sum before_;
};

}  // namespace snnvp
