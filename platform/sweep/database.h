// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

#include <snnvp/platform/sweep/plan.h>
#include <snnvp/platform/sweep/point_result.h>

struct sqlite3;

namespace snnvp::sweep {

/// sweep.db (spec/formats.md 5.5): tables run, param, stat, layer, event, warning, the view summary, and run_host for what depends on
/// the machine. Written beside its place by one writer and moved there by finish(); without it nothing stays behind.
class Database {
public:
  Database(const std::string& path, const Plan& plan);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// In the order of the points. Throws InputError if the disk is full.
  void add(const PlannedPoint& point, const PointResult& result);
  void finish();

private:
  struct Statements;
  std::string path_, temporary_;
  const Plan& plan_;
  sqlite3* db_ = nullptr;
  std::unique_ptr<Statements> statements_;
};

}  // namespace snnvp::sweep
