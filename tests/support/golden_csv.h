// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace snnvp::test {

/// The repository this test was compiled from.
inline std::string source_dir() {
  return std::filesystem::path(__FILE__).lexically_normal().parent_path().parent_path().parent_path().string();
}

/// A golden table: comma separated, one header line, no quotes; an empty cell means "does not apply".
class GoldenCsv {
public:
  explicit GoldenCsv(const std::string& file) {
    std::ifstream in(file);
    if (!in) throw std::runtime_error("cannot read " + file);
    std::string line;
    std::getline(in, line);
    header_ = split(line);
    while (std::getline(in, line)) {
      rows_.push_back(split(line));
      if (rows_.back().size() != header_.size()) throw std::runtime_error(file + ": a row has another number of cells");
    }
  }

  class Row {
  public:
    Row(const GoldenCsv& table, const std::vector<std::string>& cells) : table_(&table), cells_(&cells) {}
    const std::string& operator[](const std::string& column) const { return (*cells_)[table_->column(column)]; }
    bool has(const std::string& column) const { return !(*this)[column].empty(); }
    std::uint64_t number(const std::string& column) const { return std::stoull((*this)[column]); }
    double real(const std::string& column) const { return std::stod((*this)[column]); }

  private:
    const GoldenCsv* table_;
    const std::vector<std::string>* cells_;
  };

  std::size_t size() const { return rows_.size(); }
  Row row(std::size_t i) const { return {*this, rows_[i]}; }
  std::vector<Row> rows() const {
    std::vector<Row> all;
    for (const auto& cells : rows_) all.emplace_back(*this, cells);
    return all;
  }
  std::size_t column(const std::string& name) const {
    for (std::size_t i = 0; i < header_.size(); ++i) {
      if (header_[i] == name) return i;
    }
    throw std::runtime_error("no column " + name);
  }

private:
  static std::vector<std::string> split(const std::string& line) {
    std::vector<std::string> cells;
    std::string cell;
    for (const char c : line) {
      if (c == ',') {
        cells.push_back(std::exchange(cell, {}));
      } else if (c != '\r') {
        cell += c;
      }
    }
    cells.push_back(cell);
    return cells;
  }

  std::vector<std::string> header_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace snnvp::test
