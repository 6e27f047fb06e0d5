// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/sweep/database.h>

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstdio>
#include <string_view>

#include <snnvp/platform/base/text.h>

namespace snnvp::sweep {

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* schema = R"(
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
CREATE TABLE sweep    (name TEXT, base TEXT, points INTEGER);
CREATE TABLE run      (id INTEGER PRIMARY KEY, point INTEGER, replica INTEGER, seed INTEGER, scenario_sha TEXT, key TEXT, status TEXT, exit INTEGER,
                       signal INTEGER, reason TEXT);
CREATE TABLE run_host (run INTEGER REFERENCES run(id), host TEXT, start TEXT, wall_s REAL, cpu_s REAL, rss_kb INTEGER, tool_build TEXT);
CREATE TABLE param    (run INTEGER REFERENCES run(id), key TEXT, value TEXT);
CREATE TABLE stat     (run INTEGER REFERENCES run(id), block TEXT, name TEXT, unit TEXT, kind TEXT, value REAL);
CREATE TABLE layer    (run INTEGER REFERENCES run(id), name TEXT, engine TEXT, m INTEGER, k INTEGER, n INTEGER, cycles INTEGER, energy_j REAL);
CREATE TABLE event    (run INTEGER REFERENCES run(id), block TEXT, key TEXT, count INTEGER, energy_j REAL);
CREATE TABLE warning  (run INTEGER REFERENCES run(id), severity TEXT, block TEXT, rule TEXT, text TEXT);
CREATE VIEW  summary AS SELECT r.id, r.point, r.status, s.value AS cycles
                       FROM run r LEFT JOIN stat s ON s.run = r.id AND s.block = '' AND s.name = 'cycles';
BEGIN;
)";

constexpr const char* indices = R"(
COMMIT;
CREATE INDEX stat_by_name ON stat(name, block, run);
CREATE INDEX param_by_run ON param(run, key);
)";

[[noreturn]] void refuse(sqlite3* db, const std::string& path) {
  throw InputError("cannot write " + quote(path) + ": " + (db ? sqlite3_errmsg(db) : "no memory"));
}

}  // namespace

/// One prepared INSERT per table.
struct Database::Statements {
  Statements(sqlite3* db, const std::string& path) : db_(db), path_(path) {}
  ~Statements() {
    for (sqlite3_stmt* s : {run, host, param, stat, layer, event, warning}) sqlite3_finalize(s);
  }

  void prepare(sqlite3_stmt*& statement, const char* table, int columns) {
    std::string sql = fmt::format("INSERT INTO {} VALUES (?", table);
    for (int i = 1; i < columns; ++i) sql += ", ?";
    sql += ")";
    if (sqlite3_prepare_v2(db_, sql.c_str(), -1, &statement, nullptr) != SQLITE_OK) refuse(db_, path_);
  }

  template <typename... Ts>
  void insert(sqlite3_stmt* statement, const Ts&... values) {
    int column = 0;
    (bind(statement, ++column, values), ...);
    if (sqlite3_step(statement) != SQLITE_DONE) refuse(db_, path_);
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
  }

  static void bind(sqlite3_stmt* s, int column, const std::string& text) {
    sqlite3_bind_text(s, column, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  }
  static void bind(sqlite3_stmt* s, int column, std::uint64_t value) { sqlite3_bind_int64(s, column, static_cast<sqlite3_int64>(value)); }
  static void bind(sqlite3_stmt* s, int column, int value) { sqlite3_bind_int(s, column, value); }
  static void bind(sqlite3_stmt* s, int column, double value) { sqlite3_bind_double(s, column, value); }
  static void bind(sqlite3_stmt*, int, std::nullptr_t) {}
  /// Numbers as such, everything else but null as text.
  static void bind(sqlite3_stmt* s, int column, const Json& value) {
    if (value.is_number_float())
      bind(s, column, value.get<double>());
    else if (value.is_number())
      sqlite3_bind_int64(s, column, value.get<std::int64_t>());
    else if (value.is_boolean())
      bind(s, column, value.get<bool>() ? 1 : 0);
    else if (value.is_string())
      bind(s, column, value.get<std::string>());
    else if (!value.is_null())
      bind(s, column, value.dump());
  }

  sqlite3* db_;
  const std::string& path_;
  sqlite3_stmt *run = nullptr, *host = nullptr, *param = nullptr, *stat = nullptr, *layer = nullptr, *event = nullptr, *warning = nullptr;
};

Database::Database(const std::string& path, const Plan& plan)
    : path_(path), temporary_(fmt::format("{}.tmp.{}", path, getpid())), plan_(plan) {
  std::remove(temporary_.c_str());
  if (sqlite3_open(temporary_.c_str(), &db_) != SQLITE_OK) {
    sqlite3* db = db_;
    db_ = nullptr;
    const std::string why = db ? sqlite3_errmsg(db) : "no memory";
    sqlite3_close(db);
    throw InputError("cannot write " + quote(temporary_) + ": " + why);
  }
  if (sqlite3_exec(db_, schema, nullptr, nullptr, nullptr) != SQLITE_OK) refuse(db_, temporary_);
  statements_ = std::make_unique<Statements>(db_, temporary_);
  Statements& s = *statements_;
  s.prepare(s.run, "run", 10);
  s.prepare(s.host, "run_host", 7);
  s.prepare(s.param, "param", 3);
  s.prepare(s.stat, "stat", 6);
  s.prepare(s.layer, "layer", 8);
  s.prepare(s.event, "event", 5);
  s.prepare(s.warning, "warning", 5);
  sqlite3_stmt* sweep = nullptr;
  s.prepare(sweep, "sweep", 3);
  s.insert(sweep, plan.name, plan.base, std::uint64_t{plan.points.size()});
  sqlite3_finalize(sweep);
}

Database::~Database() {
  statements_.reset();
  if (!db_) return;
  sqlite3_close(db_);
  std::remove(temporary_.c_str());
}

void Database::add(const PlannedPoint& point, const PointResult& result) {
  Statements& s = *statements_;
  const std::uint64_t id = point.index;
  s.insert(s.run, id, point.index, point.replica, point.seed ? Json(*point.seed) : Json(nullptr), point.scenario_hash, point.key,
           result.status, result.exit_code, result.signal, result.reason);
  if (!result.host.empty())
    s.insert(s.host, id, result.host, result.start, result.wall_s, result.cpu_s, result.peak_memory_kib, plan_.tool_build);
  for (const auto& [key, value] : point.setting) s.insert(s.param, id, key, value);
  const Json& report = result.report;
  if (!report.is_object()) return;

  static const Json none = Json::object(), nothing = Json::array();
  const auto object = [](const Json& j, const char* key) -> const Json& {
    return j.contains(key) && j.at(key).is_object() ? j.at(key) : none;
  };
  const auto array = [](const Json& j, const char* key) -> const Json& {
    return j.contains(key) && j.at(key).is_array() ? j.at(key) : nothing;
  };
  const auto member = [](const Json& j, const char* key) { return j.contains(key) ? j.at(key) : Json(nullptr); };
  for (const auto& [name, value] : object(report, "totals").items())
    s.insert(s.stat, id, std::string(), name, std::string(), std::string(), value);
  const Json& definitions = object(report, "definitions");
  for (const Json& block : array(report, "blocks")) {
    const std::string name = block.value("name", ""), kind = block.value("kind", "");
    for (const auto& [stat, value] : object(block, "stats").items()) {
      const Json& about = object(definitions, (kind + "." + stat).c_str());
      s.insert(s.stat, id, name, stat, about.value("unit", ""), about.value("kind", ""), value);
    }
    for (const auto& [key, count] : object(block, "events").items()) s.insert(s.event, id, name, key, count, nullptr);
  }
  // Energy of a key over all blocks; counts are the blocks' own.
  for (const auto& [key, energy] : object(object(report, "energy"), "by_event").items())
    s.insert(s.event, id, std::string(), key, nullptr, energy);
  for (const Json& layer : array(report, "layers")) {
    const Json mj = member(layer, "energy_mj");
    s.insert(s.layer, id, layer.value("name", ""), layer.value("engine", ""), member(layer, "M"), member(layer, "K"), member(layer, "N"),
             member(layer, "cycles"), mj.is_number() ? Json(1e-3 * mj.get<double>()) : Json(nullptr));
  }
  for (const Json& item : array(report, "diagnosis"))
    s.insert(s.warning, id, item.value("severity", ""), item.value("block", ""), item.value("rule", ""), item.value("text", ""));
}

void Database::finish() {
  statements_.reset();
  if (sqlite3_exec(db_, indices, nullptr, nullptr, nullptr) != SQLITE_OK) refuse(db_, temporary_);
  sqlite3_close(db_);
  db_ = nullptr;
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    std::remove(temporary_.c_str());
    throw InputError("cannot write " + quote(path_));
  }
}

}  // namespace snnvp::sweep
