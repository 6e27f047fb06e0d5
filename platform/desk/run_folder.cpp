// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/desk/run_folder.h>

#include <cstdlib>
#include <filesystem>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>

namespace snnvp::desk {

namespace {

using Json = nlohmann::ordered_json;
constexpr int newest_schema = 1;

}  // namespace

RunFolder read_run(const std::string& path) {
  namespace fs = std::filesystem;
  RunFolder run;
  run.path = path;
  const bool is_folder = fs::is_directory(path);
  run.folder = is_folder ? path : fs::path(path).parent_path().string();
  const std::string file = is_folder ? path + "/report.json" : path;
  std::string problem;
  const auto text = read_file(file, problem);
  if (!text) throw InputError(problem + "\n    a run's folder is made by: snnvp run FILE --out FOLDER");
  run.report = Json::parse(*text, nullptr, false);
  if (!run.report.is_object() || !run.report.contains("schema") || !run.report.contains("totals"))
    throw InputError(file + " is no report of snnvp");
  if (!run.report.at("schema").is_number_integer() || run.report.at("schema").get<int>() > newest_schema)
    throw InputError(file + " has a newer schema than this build reads");
  if (is_folder)
    if (const auto host = read_file(path + "/host.json", problem)) run.host = Json::parse(*host, nullptr, false);
  return run;
}

const Json* find_value(const Json& report, const std::string& path) {
  const Json* at = &report;
  for (std::size_t begin = 0; at && begin <= path.size();) {
    std::size_t end = std::min(path.find('.', begin), path.size());
    const Json* next = nullptr;
    if (at->is_object()) {
      // Keys may hold dots themselves ("models.sram.reads"): the longest that fits wins.
      for (std::size_t cut = path.size(); cut > begin && !next;) {
        const auto it = at->find(path.substr(begin, cut - begin));
        if (it != at->end()) next = &*it, end = cut;
        const std::size_t dot = path.rfind('.', cut - 1);
        if (dot == std::string::npos || dot <= begin) break;
        cut = dot;
      }
    } else if (at->is_array()) {
      const std::string part = path.substr(begin, end - begin);
      for (const Json& item : *at)
        if (item.is_object() && item.value("name", "") == part) {
          next = &item;
          break;
        }
      if (!next && part.size() > 2 && part.front() == '[' && part.find_first_not_of("0123456789", 1) == part.size() - 1) {
        const unsigned long index = std::strtoul(part.c_str() + 1, nullptr, 10);
        if (index < at->size()) next = &(*at)[index];
      }
    }
    at = next;
    begin = end + 1;
  }
  return at;
}

}  // namespace snnvp::desk
