// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/elf_lines.h>

#include <elfutils/libdw.h>
#include <fmt/format.h>
#include <libelf.h>

#include <algorithm>
#include <map>

#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/formats/guarded_read.h>

namespace snnvp {
namespace {

constexpr std::uint64_t most_rows = 4'000'000, most_files = 100'000, most_name = 4096;

std::string last_part(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? path : path.substr(slash + 1);
}

/// In the child: rows of all units as (address, line, name of the file).
void send_rows(const std::vector<std::uint8_t>& bytes, GuardSink& sink) {
  elf_version(EV_CURRENT);
  Elf* elf = elf_memory(reinterpret_cast<char*>(const_cast<std::uint8_t*>(bytes.data())), bytes.size());
  Dwarf* dwarf = elf == nullptr ? nullptr : dwarf_begin_elf(elf, DWARF_C_READ, nullptr);
  Dwarf_Off offset = 0;
  Dwarf_CU* unit = nullptr;
  Dwarf_Files* files = nullptr;
  Dwarf_Lines* lines = nullptr;
  std::size_t file_count = 0, line_count = 0;
  // Each step also tells the units that have no lines.
  while (dwarf != nullptr && dwarf_next_lines(dwarf, offset, &offset, &unit, &files, &file_count, &lines, &line_count) == 0)
    for (std::size_t i = 0; i < line_count; ++i) {
      Dwarf_Line* line = dwarf_onesrcline(lines, i);
      Dwarf_Addr address = 0;
      int number = 0;
      bool is_end = false;
      if (line == nullptr || dwarf_lineaddr(line, &address) != 0 || dwarf_lineno(line, &number) != 0) continue;
      dwarf_lineendsequence(line, &is_end);
      const char* name = dwarf_linesrc(line, nullptr, nullptr);
      sink.number(std::uint8_t{1});
      sink.number(static_cast<std::uint32_t>(address));
      sink.number(is_end || name == nullptr || number <= 0 ? std::uint32_t{0} : static_cast<std::uint32_t>(number));
      sink.text(name == nullptr ? "" : printable(last_part(name)).substr(0, most_name));
    }
  sink.number(std::uint8_t{0});
}

}  // namespace

ElfLines ElfLines::read(const std::vector<std::uint8_t>& elf) {
  ElfLines table;
  std::map<std::string, std::uint32_t> numbers;
  GuardLimits limits;
  limits.seconds = 20;
  try {
    read_guarded(
        limits, [&](GuardSink& sink) { send_rows(elf, sink); },
        [&](GuardPipe& pipe) {
          while (pipe.number<std::uint8_t>() == 1) {
            Row row;
            row.address = pipe.number<std::uint32_t>();
            row.line = pipe.number<std::uint32_t>();
            const std::string name = pipe.text(most_name * 4);
            if (table.rows_.size() >= most_rows || numbers.size() >= most_files) throw GuardFailure("the line table is too large");
            const auto [it, fresh] = numbers.emplace(name, static_cast<std::uint32_t>(numbers.size()));
            if (fresh) table.files_.push_back(name);
            row.file = it->second;
            table.rows_.push_back(row);
          }
        });
  } catch (const GuardFailure&) {
    return {};
  }
  // The end of one sequence and the start of the next stand at one address: the start counts, as the later one.
  std::stable_sort(table.rows_.begin(), table.rows_.end(), [](const Row& a, const Row& b) {
    return a.address != b.address ? a.address < b.address : (a.line == 0) > (b.line == 0);
  });
  return table;
}

std::string ElfLines::at(std::uint32_t address) const {
  auto it = std::upper_bound(rows_.begin(), rows_.end(), address, [](std::uint32_t a, const Row& row) { return a < row.address; });
  if (it == rows_.begin()) return {};
  --it;
  return it->line == 0 ? std::string() : fmt::format("{}:{}", files_[it->file], it->line);
}

}  // namespace snnvp
