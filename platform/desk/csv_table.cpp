// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/desk/csv_table.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>

namespace snnvp::desk {

std::vector<std::vector<std::string>> read_csv(const std::string& path) {
  std::string problem;
  const auto text = read_file(path, problem);
  if (!text) throw InputError(problem);
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> row;
  std::string field;
  bool quoted = false;
  for (std::size_t i = 0; i < text->size(); ++i) {
    const char c = (*text)[i];
    if (quoted) {
      if (c != '"')
        field += c;
      else if (i + 1 < text->size() && (*text)[i + 1] == '"')
        field += c, ++i;
      else
        quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == ',') {
      row.push_back(std::move(field)), field.clear();
    } else if (c == '\n') {
      row.push_back(std::move(field)), field.clear();
      rows.push_back(std::move(row)), row.clear();
    } else if (c != '\r') {
      field += c;
    }
  }
  return rows;
}

}  // namespace snnvp::desk
