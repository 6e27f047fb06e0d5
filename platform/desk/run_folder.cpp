// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/desk/run_folder.h>

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
  if (!is_folder) return run;
  if (const auto host = read_file(path + "/host.json", problem)) run.host = Json::parse(*host, nullptr, false);
  if (const auto uncertainty = read_file(path + "/uncertainty.json", problem)) {
    run.uncertainty = Json::parse(*uncertainty, nullptr, false);
    if (run.uncertainty.is_discarded()) throw InputError(path + "/uncertainty.json is damaged");
  }
  return run;
}

}  // namespace snnvp::desk
