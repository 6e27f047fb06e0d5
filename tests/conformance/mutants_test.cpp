// SPDX-License-Identifier: Apache-2.0
// The kit's own test (spec/tlm.md V2): it kills every mutant by the rule that should find it, and passes what is right.
#include <catch2/catch.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include <snnvp/platform/base/text.h>
#include <snnvp/platform/conform/rules.h>

#include "mutants.h"

using namespace snnvp;
using namespace snnvp::conformance;

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

/// Every mutant whose number begins so dies by one of its rules; all are told that do not.
void kill_all(const std::string& family) {
  unsigned killed = 0;
  for (const Mutant& mutant : mutants()) {
    if (mutant.id.rfind(family, 0) != 0) continue;
    INFO(mutant.id << ": " << mutant.what);
    const std::vector<std::string> broken = broken_rules(mutant.id);
    INFO("found: " << joined(broken));
    CHECK(std::find(broken.begin(), broken.end(), mutant.rules.front()) != broken.end());
    ++killed;
  }
  CHECK(killed != 0);
}

std::string read(const std::string& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

const char* const begin_mark = "<!-- mutants: made by the tests -->\n";
const char* const end_mark = "<!-- end of mutants -->\n";

/// Which mutants each rule must find, in the order of the rules.
std::string table() {
  std::string text = "| rule | what must hold | blames | broken blocks it finds | verdict |\n|---|---|---|---|---|\n";
  for (const conform::Rule& rule : conform::rules()) {
    std::string found, verdict;
    for (const Mutant& mutant : mutants())
      if (mutant.rules.front() == rule.id) found += fmt::format("{}{}: {}", found.empty() ? "" : "<br>", mutant.id, mutant.what);
    text += fmt::format("| {} | {} | {} | {} | {} |\n", rule.id, rule.what, rule.blames, found, found.empty() ? "" : "killed");
  }
  text += "\n| right, though unusual | verdict |\n|---|---|\n";
  for (const Mutant& variant : legal_variants()) text += fmt::format("| {} | passes |\n", variant.what);
  return text;
}

}  // namespace

TEST_CASE("tlm.V2 the kit kills the broken targets", "[conformance]") { kill_all("MT"); }
TEST_CASE("tlm.V2 the kit kills the broken interconnects", "[conformance]") { kill_all("MB"); }
TEST_CASE("tlm.V2 the kit kills the broken targets with phases", "[conformance]") { kill_all("MA"); }
TEST_CASE("tlm.V2 the kit kills the broken register banks", "[conformance]") { kill_all("MR"); }
TEST_CASE("tlm.V2 the monitor finds the broken initiators", "[conformance]") { kill_all("MI"); }

TEST_CASE("tlm.V2 the kit passes healthy twins and legal variants", "[conformance]") {
  for (const Mutant& variant : legal_variants()) {
    INFO(variant.id);
    CHECK(joined(broken_rules(variant.id)) == "");
  }
}

TEST_CASE("tlm.V2 the table of the documentation is that of the mutants", "[conformance]") {
  const std::string path = std::string(SNNVP_SOURCE_DIR) + "/docs/conformance.md";
  std::string page = read(path);
  const auto begin = page.find(begin_mark), end = page.find(end_mark);
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  const std::string::size_type from = begin + std::string(begin_mark).size();
  if (std::getenv("SNNVP_UPDATE_DOCS") != nullptr) {
    page.replace(from, end - from, table());
    std::ofstream(path) << page;
  }
  CHECK(page.substr(from, page.find(end_mark) - from) == table());
}
