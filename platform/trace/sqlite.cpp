// SPDX-License-Identifier: Apache-2.0
// One SQLite file per run; the schema is explained in docs/trace.md.
#include <cstdio>

#include <fmt/format.h>
#include <sqlite3.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/tlm/initiator_port.h>
#include <snnvp/platform/trace/trace_file.h>

namespace snnvp::trace {
namespace {

constexpr const char* schema = R"(
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA user_version = 1;
CREATE TABLE meta     (key TEXT PRIMARY KEY, value);
CREATE TABLE block    (id INTEGER PRIMARY KEY, name TEXT, kind TEXT, tier INTEGER);
CREATE TABLE link     (id INTEGER PRIMARY KEY, initiator TEXT, target TEXT);
CREATE TABLE transfer (start_ps INTEGER, duration_ps INTEGER, link INTEGER REFERENCES link(id), address INTEGER, length INTEGER,
                       command TEXT, response TEXT, cut INTEGER);
CREATE TABLE job      (id INTEGER PRIMARY KEY, engine TEXT, name TEXT, tag INTEGER, items INTEGER, start_ps INTEGER, duration_ps INTEGER,
                       cut INTEGER);
CREATE TABLE track    (id INTEGER PRIMARY KEY, block INTEGER REFERENCES block(id), name TEXT, category TEXT, a TEXT, b TEXT);
CREATE TABLE slice    (start_ps INTEGER, duration_ps INTEGER, track INTEGER REFERENCES track(id), name TEXT, a INTEGER, b INTEGER,
                       flow INTEGER, cut INTEGER);
CREATE TABLE instant  (time_ps INTEGER, track INTEGER REFERENCES track(id), name TEXT, a INTEGER, b INTEGER);
CREATE TABLE wire     (start_ps INTEGER, duration_ps INTEGER, track INTEGER REFERENCES track(id));
CREATE TABLE curve    (time_ps INTEGER, block INTEGER REFERENCES block(id), name TEXT, unit TEXT, value REAL);
CREATE VIEW transactions AS
  SELECT t.rowid AS id, t.start_ps AS time_ps, t.duration_ps, l.initiator, l.target, t.address, t.length, t.command, t.response
  FROM transfer t JOIN link l ON l.id = t.link;
BEGIN;
)";

constexpr const char* indices = R"(
COMMIT;
CREATE INDEX transfer_by_time ON transfer(start_ps);
CREATE INDEX transfer_by_link ON transfer(link, start_ps);
CREATE INDEX transfer_by_address ON transfer(address);
CREATE INDEX job_by_time ON job(engine, start_ps);
CREATE INDEX slice_by_track ON slice(track, start_ps);
CREATE INDEX curve_by_name ON curve(block, name, time_ps);
)";

class Writer {
public:
  explicit Writer(const std::string& path) : path_(path) {
    std::remove(path.c_str());
    if (sqlite3_open(path.c_str(), &db_) != SQLITE_OK) refuse();
    run(schema);
  }
  ~Writer() {
    for (sqlite3_stmt* s : statements_) sqlite3_finalize(s);
    sqlite3_close(db_);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void run(const char* sql) {
    if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) != SQLITE_OK) refuse();
  }

  /// An INSERT with so many columns.
  sqlite3_stmt* into(const char* table, int columns) {
    std::string sql = fmt::format("INSERT INTO {} VALUES (?", table);
    for (int i = 1; i < columns; ++i) sql += ", ?";
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v2(db_, (sql + ")").c_str(), -1, &statement, nullptr) != SQLITE_OK) refuse();
    statements_.push_back(statement);
    return statement;
  }

  template <typename... Ts>
  void insert(sqlite3_stmt* s, const Ts&... values) {
    int column = 0;
    (bind(s, ++column, values), ...);
    if (sqlite3_step(s) != SQLITE_DONE) refuse();
    sqlite3_reset(s);
    sqlite3_clear_bindings(s);
  }

  /// All of it is on the disk.
  void close() {
    for (sqlite3_stmt* s : statements_) sqlite3_finalize(s);
    statements_.clear();
    run(indices);
    if (sqlite3_close(db_) != SQLITE_OK) refuse();
    db_ = nullptr;
  }

private:
  static void bind(sqlite3_stmt* s, int column, const std::string& text) {
    sqlite3_bind_text(s, column, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
  }
  static void bind(sqlite3_stmt* s, int column, const char* text) { sqlite3_bind_text(s, column, text, -1, SQLITE_STATIC); }
  /// Addresses beyond 2^63 become negative: SQLite has signed integers only.
  static void bind(sqlite3_stmt* s, int column, std::uint64_t value) { sqlite3_bind_int64(s, column, static_cast<sqlite3_int64>(value)); }
  static void bind(sqlite3_stmt* s, int column, std::uint32_t value) { sqlite3_bind_int64(s, column, value); }
  static void bind(sqlite3_stmt* s, int column, int value) { sqlite3_bind_int(s, column, value); }
  static void bind(sqlite3_stmt* s, int column, double value) { sqlite3_bind_double(s, column, value); }
  static void bind(sqlite3_stmt*, int, std::nullptr_t) {}

  [[noreturn]] void refuse() {
    throw InputError("cannot write " + quote(path_, 200) + ": " + (db_ != nullptr ? sqlite3_errmsg(db_) : "no memory"));
  }

  const std::string& path_;
  sqlite3* db_ = nullptr;
  std::vector<sqlite3_stmt*> statements_;
};

void write_names(Writer& writer, const Timeline& timeline, const FileSettings& settings) {
  const Tracer& tracer = timeline.tracer();
  sqlite3_stmt* meta = writer.into("meta", 2);
  writer.insert(meta, "schema", 1);
  writer.insert(meta, "scenario", settings.scenario);
  writer.insert(meta, "scenario_hash", settings.hash);
  writer.insert(meta, "version", settings.version);
  writer.insert(meta, "from_ps", timeline.begin());
  writer.insert(meta, "to_ps", timeline.end());
  writer.insert(meta, "dropped", tracer.dropped());
  writer.insert(meta, "complete_until_ps", tracer.dropped() == 0 ? timeline.end() : tracer.complete_until());
  sqlite3_stmt* block = writer.into("block", 4);
  for (std::uint32_t b = 0; b < tracer.blocks().size(); ++b) {
    const BlockInfo& info = tracer.blocks()[b];
    if (info.tier >= 0)
      writer.insert(block, b + 1, info.name, info.kind, info.tier);
    else
      writer.insert(block, b + 1, info.name, info.kind, nullptr);
  }
  sqlite3_stmt* link = writer.into("link", 3);
  sqlite3_stmt* track = writer.into("track", 6);
  for (Track t = 0; t < tracer.tracks().size(); ++t) {
    const TrackInfo& info = tracer.tracks()[t];
    if (info.kind == TrackKind::transfers)
      writer.insert(link, t + 1, info.from, info.to);
    else
      writer.insert(track, t + 1, info.block + 1, info.name, info.category, info.arg_a, info.arg_b);
  }
}

}  // namespace

std::uint64_t write_sqlite(const Timeline& timeline, const FileSettings& settings, const std::string& path) {
  const Tracer& tracer = timeline.tracer();
  Writer writer(path);
  write_names(writer, timeline, settings);
  sqlite3_stmt* transfer = writer.into("transfer", 8);
  sqlite3_stmt* job = writer.into("job (engine, name, tag, items, start_ps, duration_ps, cut)", 7);
  sqlite3_stmt* slice = writer.into("slice", 8);
  sqlite3_stmt* instant = writer.into("instant", 5);
  std::uint64_t events = 0;
  for (const std::uint32_t i : timeline.order()) {
    const Record& r = timeline.record(i);
    const TrackInfo& track = tracer.tracks()[r.track];
    const Picoseconds length = r.end - r.start;
    if (r.form == Record::level) continue;
    ++events;
    if (r.form == Record::instant)
      writer.insert(instant, r.start, r.track + 1, timeline.name_of(r), r.a, r.b);
    else if (track.kind == TrackKind::transfers)
      writer.insert(transfer, r.start, length, r.track + 1, r.a, r.b, command_name(r.command),
                    response_name(static_cast<tlm::tlm_response_status>(r.response)), int{r.is_cut});
    else if (track.category == "job")
      writer.insert(job, tracer.blocks()[track.block].name, timeline.name_of(r), r.a, r.b, r.start, length, int{r.is_cut});
    else
      writer.insert(slice, r.start, length, r.track + 1, timeline.name_of(r), r.a, r.b, r.flow, int{r.is_cut});
  }
  sqlite3_stmt* wire = writer.into("wire", 3);
  for (const HighLevel& level : timeline.high_levels()) writer.insert(wire, level.start, level.end - level.start, level.track + 1);
  sqlite3_stmt* curve = writer.into("curve", 5);
  for (const Curve& c : timeline.curves())
    for (const auto& [at, value] : c.points) writer.insert(curve, at, c.block + 1, c.name, c.unit, value), ++events;
  writer.close();
  return events + timeline.high_levels().size();
}

}  // namespace snnvp::trace
