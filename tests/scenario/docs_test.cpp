// SPDX-License-Identifier: Apache-2.0
// The documentation is run: command lines, scenarios, links and generated parts of README.md, docs/ and the READMEs beside the code.
#include <catch2/catch.hpp>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "../support/process.h"
#include "../support/shared.h"

namespace fs = std::filesystem;
using namespace snnvp::test;

namespace {

const fs::path root = SNNVP_SOURCE_DIR;

/// Every page that is checked, as paths relative to the root, in name order.
std::vector<fs::path> pages() {
  std::set<fs::path> found{"README.md", "CHANGELOG.md", "scenarios/README.md", "scenarios/tech/README.md", "tests/golden/README.md"};
  for (const char* folder : {"docs", "examples", "models", "interconnect", "platform", "scenarios/networks", "tools/train", "workloads"})
    for (const auto& entry : fs::recursive_directory_iterator(root / folder))
      if (entry.path().extension() == ".md") found.insert(entry.path().lexically_relative(root));
  return {found.begin(), found.end()};
}

/// A fenced block of a page.
struct Fence {
  std::string page, language, text;
  int line = 0;  ///< of its first line
  std::string where() const { return page + ":" + std::to_string(line); }
};

std::vector<Fence> fences(const fs::path& page) {
  std::vector<Fence> all;
  std::istringstream in(slurp((root / page).string()));
  std::string line;
  bool inside = false;
  for (int number = 1; std::getline(in, line); ++number) {
    if (line.rfind("```", 0) == 0) {
      inside = !inside;
      if (inside) all.push_back({page.string(), line.substr(3), "", number + 1});
    } else if (inside) {
      all.back().text += line + "\n";
    }
  }
  INFO(page << ": a fence is not closed");
  REQUIRE_FALSE(inside);
  return all;
}

/// Words of a shell line; quotes group, a word that begins with # ends it (its text goes to `comment`).
std::vector<std::string> words_of(const std::string& line, std::string& comment) {
  std::vector<std::string> words;
  std::string word;
  bool is_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (quote) {
      if (c == quote)
        quote = 0;
      else
        word += c;
    } else if (c == '"' || c == '\'') {
      quote = c, is_word = true;
    } else if (std::isspace(static_cast<unsigned char>(c))) {
      if (is_word) words.push_back(word);
      word.clear(), is_word = false;
    } else if (c == '#' && !is_word) {
      comment = line.substr(i + 1);
      break;
    } else {
      word += c, is_word = true;
    }
  }
  if (is_word) words.push_back(word);
  return words;
}

/// A folder that looks like the source tree to `snnvp`, so that commands may write `out/` and tests may add scenarios.
class Workplace {
public:
  Workplace() {
    const fs::path scenarios = fs::path(folder_.path()) / "scenarios";
    fs::create_directory(scenarios);
    for (const auto& entry : fs::directory_iterator(root / "scenarios"))
      fs::create_symlink(entry.path(), scenarios / entry.path().filename());
  }
  const std::string& path() const { return folder_.path(); }
  /// Saves a scenario beside the shipped ones and returns its path from here.
  std::string add_scenario(const std::string& name, const std::string& text) const { return folder_.write("scenarios/" + name, text); }

private:
  ScratchFolder folder_;
};

/// GitHub's anchor of a heading.
std::string anchor_of(const std::string& heading) {
  std::string anchor;
  for (const char c : heading) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_')
      anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (c == ' ') anchor += '-';
  }
  return anchor;
}

bool has_anchor(const fs::path& page, const std::string& anchor) {
  std::istringstream in(slurp(page.string()));
  for (std::string line; std::getline(in, line);) {
    const std::size_t hashes = line.find_first_not_of('#');
    if (hashes != 0 && hashes != std::string::npos && line[hashes] == ' ' && anchor_of(line.substr(hashes + 1)) == anchor) return true;
  }
  return false;
}

}  // namespace

TEST_CASE("every command line of the documentation does what it says", "[docs]") {
  const Workplace workplace;
  int run = 0;
  for (const fs::path& page : pages())
    for (const Fence& fence : fences(page)) {
      if (fence.language != "sh") continue;
      std::istringstream in(fence.text);
      for (std::string line; std::getline(in, line);) {
        INFO(fence.where() << ": " << line);
        std::string comment;
        std::vector<std::string> words = words_of(line, comment);
        if (words.empty()) continue;
        if (words[0] != "tools/snnvp") {
          if (words[0].rfind("tools/", 0) == 0) CHECK(fs::exists(root / words[0]));
          continue;
        }
        if (comment.find("slow") != std::string::npos || line.find("../shared") != std::string::npos) {
          std::printf("not run: %s\n", line.c_str());
          continue;
        }
        std::smatch match;
        const int expected = std::regex_search(comment, match, std::regex("exit ([0-9]+)")) ? std::stoi(match[1]) : 0;
        const ProcessResult result = run_snnvp({words.begin() + 1, words.end()}, workplace.path());
        INFO(result.out << result.err);
        CHECK(result.signal == 0);
        CHECK(result.exit_code == expected);
        ++run;
      }
    }
  CHECK(run >= 15);
}

TEST_CASE("every scenario in the documentation is accepted", "[docs]") {
  const Workplace workplace;
  int checked = 0;
  for (const fs::path& page : pages())
    for (const Fence& fence : fences(page)) {
      if (fence.language != "yaml" || fence.text.rfind("scenario: 1", 0) != 0) continue;
      const std::string file = workplace.add_scenario("documented_" + std::to_string(checked++) + ".yaml", fence.text);
      const ProcessResult result = run_snnvp({"check", file}, workplace.path());
      INFO(fence.where() << "\n" << result.out << result.err);
      CHECK(result.exit_code == 0);
    }
  CHECK(checked >= 2);
}

TEST_CASE("every shipped scenario runs to a correct end", "[docs]") {
  for (const char* folder : {"scenarios", "scenarios/papers"})
    for (const auto& entry : fs::directory_iterator(root / folder)) {
      if (entry.path().extension() != ".yaml") continue;
      if (entry.path().filename() == "snap_modes.yaml") continue;  // a minute long; its parts are tests of their own
      const bool is_search = slurp(entry.path().string()).find("\nsearch: 1\n") != std::string::npos;
      const ProcessResult result = run_snnvp({is_search ? "search" : "run", entry.path().string(), "--quiet"});
      INFO(entry.path() << "\n" << result.out << result.err);
      CHECK(result.exit_code == 0);
      // What a run without computed outputs checks instead: packets are conserved; a program checks itself; a formula, layers
      // without values and heat alone have nothing to check.
      const std::string file = entry.path().filename().string();
      const bool is_formula = file == "pi2_scaling.yaml" || file == "snap_front.yaml" || file == "thermal_hotspot.yaml";
      if (is_search || is_formula) continue;
      CHECK((result.out.find("correct: all") != std::string::npos || result.out.find(" conserved") != std::string::npos ||
             result.out.find("ended with exit code 0") != std::string::npos));
    }
}

TEST_CASE("every relative link in the documentation leads somewhere", "[docs]") {
  const std::regex link(R"(\]\(([^)\s]+)\))");
  for (const fs::path& page : pages()) {
    const std::string text = slurp((root / page).string());
    for (std::sregex_iterator it(text.begin(), text.end(), link), end; it != end; ++it) {
      const std::string target = (*it)[1];
      if (target.find("://") != std::string::npos) continue;
      INFO(page << " links to " << target);
      const std::size_t hash = target.find('#');
      const fs::path file = hash == 0 ? root / page : root / page.parent_path() / target.substr(0, hash);
      CHECK(fs::exists(file));
      if (hash != std::string::npos && fs::exists(file)) CHECK(has_anchor(file, target.substr(hash + 1)));
    }
  }
}

TEST_CASE("the generated parts of the documentation are up to date", "[docs]") {
  const ProcessResult result =
      run_process({"/usr/bin/env", "python3", (root / "tools/docs/generate").string(), "--check", "--snnvp", SNNVP_EXECUTABLE});
  INFO(result.out << result.err);
  CHECK(result.exit_code == 0);
}

TEST_CASE("every kind of block has a page of its own", "[docs]") {
  const std::string readme = slurp((root / "README.md").string());
  const std::string list = run_snnvp({"list"}).out;
  const std::regex kind(R"(\n  ((models|interconnect)\.(\w+)) )");
  int kinds = 0;
  for (std::sregex_iterator it(list.begin(), list.end(), kind), end; it != end; ++it, ++kinds) {
    const fs::path page = fs::path((*it)[2].str()) / (*it)[3].str() / "README.md";
    INFO(page);
    REQUIRE(fs::exists(root / page));
    CHECK(slurp((root / page).string()).rfind("# " + (*it)[1].str() + "\n", 0) == 0);
    CHECK(readme.find("(" + page.string() + ")") != std::string::npos);
    // Each of its parameters is in the reference.
    CHECK(slurp((root / "docs/scenario.md").string()).find("generated: parameters " + (*it)[1].str() + " ") != std::string::npos);
  }
  CHECK(kinds >= 7);
}
