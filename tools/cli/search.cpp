// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/search/search.h>

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/run/progress.h>

#include "commands.h"
#include "run_files.h"

namespace snnvp::cli {

int search(const SearchArguments& arguments) {
  const search::SearchFile file = search::read_search_file(arguments.file);
  if (!arguments.out.empty()) make_output_folder(arguments.out);
  search::SearchOptions options;
  options.overrides = arguments.overrides;
  options.jobs = arguments.jobs != 0 ? arguments.jobs : std::max(1U, std::thread::hardware_concurrency());
  std::unique_ptr<Progress> progress;
  options.progress = [&](std::size_t done, std::size_t total) {
    if (!progress) progress = std::make_unique<Progress>(!arguments.quiet, file.name, total, 10);
    progress->update(done, 0);
  };
  const search::SearchOutcome outcome = search::run_search(file, options);
  if (progress) progress->finish();
  if (!arguments.out.empty()) {
    const auto write = [&](const std::string& name, const std::string& text) {
      std::string problem;
      if (!write_file_atomically(arguments.out + "/" + name, text, problem)) throw InputError(problem);
    };
    for (const auto& [name, text] : outcome.files) write(name, text);
    write("search.json", to_json_text(outcome.json));
  }
  if (arguments.json)
    fmt::print("{}", to_json_text(outcome.json));
  else
    fmt::print("{}", outcome.summary);
  if (!arguments.json && !arguments.out.empty()) fmt::print("\n  written to {}: search.json and tables\n", arguments.out);
  return 0;
}

}  // namespace snnvp::cli
