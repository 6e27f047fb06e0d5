// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <snnvp/platform/base/diagnostics.h>

using namespace snnvp;

TEST_CASE("a diagnostic reads file:line:column: path: text with its hint below", "[diagnostics]") {
  Diagnostics diagnostics;
  diagnostics.error({"scenarios/vgg9.yaml", 14, 46}, "platform.blocks.pu.params.tile_kk", "unknown parameter of models.prosperity",
                    "allowed: tile_k, tile_m   did you mean tile_k?");
  diagnostics.warning({"scenarios/vgg9.yaml", 0, 0}, "", "nothing is checked");
  diagnostics.notice({}, "run.limit", "was clamped");
  CHECK(diagnostics.format() ==
        "scenarios/vgg9.yaml: warning: nothing is checked\n"
        "scenarios/vgg9.yaml:14:46: platform.blocks.pu.params.tile_kk: unknown parameter of models.prosperity\n"
        "    allowed: tile_k, tile_m   did you mean tile_k?\n"
        "run.limit: notice: was clamped\n");
  CHECK(diagnostics.has_errors());
  CHECK(diagnostics.error_count() == 1);
}

TEST_CASE("diagnostics are told file by file from top to bottom", "[diagnostics]") {
  Diagnostics diagnostics;
  diagnostics.error({"b.yaml", 7, 1}, "", "second");
  diagnostics.error({"a.yaml", 1, 1}, "", "last");
  diagnostics.error({"b.yaml", 2, 9}, "", "first");
  CHECK(diagnostics.format() == "b.yaml:2:9: first\nb.yaml:7:1: second\na.yaml:1:1: last\n");
  CHECK(InputError(diagnostics).error_count() == 3);
  CHECK(InputError("one thing").error_count() == 1);
}

TEST_CASE("the same diagnostic twice is kept once", "[diagnostics]") {
  Diagnostics diagnostics;
  diagnostics.error({"a.yaml", 1, 2}, "x", "wrong");
  diagnostics.error({"a.yaml", 1, 2}, "x", "wrong");
  diagnostics.error({"a.yaml", 1, 3}, "x", "wrong");
  CHECK(diagnostics.error_count() == 2);
  CHECK(diagnostics.items().size() == 2);
}

TEST_CASE("tlm.V13 errors beyond fifty are counted but not printed", "[diagnostics]") {
  Diagnostics diagnostics;
  for (int line = 1; line <= 57; ++line) diagnostics.error({"a.yaml", line, 1}, "", "wrong");
  CHECK(diagnostics.error_count() == 57);
  CHECK(diagnostics.items().size() == 50);
  const std::string text = diagnostics.format();
  CHECK(text.find("a.yaml:50:1: wrong\n... and 7 more errors\n") != std::string::npos);
}

TEST_CASE("warnings do not use up the room for errors", "[diagnostics]") {
  Diagnostics diagnostics;
  for (int line = 1; line <= 60; ++line) diagnostics.warning({"a.yaml", line, 1}, "", "odd");
  diagnostics.error({"a.yaml", 61, 1}, "", "wrong");
  CHECK(diagnostics.format().find("a.yaml:61:1: wrong") != std::string::npos);
}

TEST_CASE("keys of the user cannot control the terminal", "[diagnostics]") {
  Diagnostics diagnostics;
  diagnostics.error({"a.yaml", 1, 1}, "\x1b[2J\n", "unknown key");
  CHECK(diagnostics.format() == "a.yaml:1:1: \\x1b[2J\\n: unknown key\n");
}

TEST_CASE("tlm.V13 the nearest name is within two edits or shares a beginning", "[diagnostics]") {
  const std::vector<std::string> allowed = {"tile_m", "tile_k", "tile_n", "timing", "prefetch_tiles"};
  CHECK(nearest_name("tile_kk", allowed) == "tile_k");
  CHECK(nearest_name("Tile_M", allowed) == "tile_m");
  CHECK(nearest_name("tiem", allowed) == "tile_m");
  CHECK(nearest_name("tmiing", allowed) == "timing");
  CHECK(nearest_name("prefetch", allowed) == "prefetch_tiles");
  CHECK(nearest_name("tile_x", allowed) == "tile_m");  // ties go to the first
  CHECK(nearest_name("width", allowed).empty());
  CHECK(nearest_name("", allowed).empty());
  CHECK(nearest_name("x", {"y", "z"}).empty());
  CHECK(nearest_name(std::string(1'000'000, 't'), allowed).empty());
  CHECK(did_you_mean("timming", allowed) == "did you mean timing?");
  CHECK(did_you_mean("width", allowed).empty());
}

TEST_CASE("a long list of names is cut", "[diagnostics]") {
  CHECK(join_names({}) == "");
  CHECK(join_names({"a", "b"}) == "a, b");
  CHECK(join_names({"a", "b", "c"}, 2) == "a, b, ...");
}
