// SPDX-License-Identifier: Apache-2.0
// Random damage to whole scenarios: each is either fine or refused with an InputError that says something.
#include <catch2/catch.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <snnvp/models/all_kinds/all_kinds.h>
#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/platform/run/simulation.h>

using namespace snnvp;

namespace {

std::string text_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

const std::vector<std::string>& words() {
  static const std::vector<std::string> all{"0",
                                            "-1",
                                            "1e9",
                                            "0x10",
                                            "010",
                                            "4 KiB",
                                            "1 ms",
                                            "1 furlong",
                                            "null",
                                            "~",
                                            "true",
                                            "yes",
                                            "''",
                                            "\"64\"",
                                            "[]",
                                            "{}",
                                            "[1, 2]",
                                            "{ a: 1 }",
                                            "&x",
                                            "*x",
                                            "!!int",
                                            "<<",
                                            ":",
                                            "- ",
                                            "\t",
                                            "#",
                                            "'",
                                            "\"",
                                            "[",
                                            "}",
                                            "pu",
                                            "bus",
                                            "dram",
                                            "host",
                                            "pu.dma",
                                            "bus.in",
                                            "bus.out[0]",
                                            "host.irq[4095]",
                                            "pu.regs",
                                            "extends",
                                            "quickstart.yaml",
                                            "product_sparsity.yaml",
                                            "kind",
                                            "name",
                                            "params",
                                            "clock",
                                            "models.host",
                                            "models.dma",
                                            "models.neuron",
                                            "models.sram",
                                            "interconnect.bus",
                                            "synthetic",
                                            "network",
                                            "pipelined",
                                            "trace",
                                            "preset",
                                            "generic28",
                                            "custom",
                                            "size",
                                            "base",
                                            "offset",
                                            "prices",
                                            "defaults",
                                            "plugins",
                                            "tier",
                                            "18446744073709551615",
                                            "18446744073709551616",
                                            "nan"};
  return all;
}

/// One to four changes: characters, words, lines.
std::string damaged(std::string text, RandomStream& random) {
  const auto word = [&] { return words()[random.below(words().size())]; };
  const auto place = [&] { return text.empty() ? 0 : random.below(text.size()); };
  for (std::uint64_t n = 0; n <= random.below(4) && !text.empty(); ++n) {
    const std::size_t at = place();
    switch (random.below(7)) {
      case 0: text[at] = static_cast<char>(random.below(256)); break;
      case 1: text.erase(at, 1 + random.below(8)); break;
      case 2: text.insert(at, word()); break;
      case 3: {  // a word for another
        const std::size_t begin = text.find_first_not_of(" \n,:{}[]", at);
        if (begin == std::string::npos) break;
        const std::size_t end = std::min(text.find_first_of(" \n,:{}[]", begin), text.size());
        text.replace(begin, end - begin, word());
        break;
      }
      case 4: {  // a line twice
        const std::size_t begin = text.rfind('\n', at), end = text.find('\n', at);
        if (begin != std::string::npos && end != std::string::npos && begin < end) text.insert(end, text.substr(begin, end - begin));
        break;
      }
      case 5: {  // a line less
        const std::size_t begin = text.rfind('\n', at), end = text.find('\n', at);
        if (begin != std::string::npos && end != std::string::npos && begin < end) text.erase(begin, end - begin);
        break;
      }
      default:
        if (random.below(20) == 0) text.resize(at);
    }
  }
  return text;
}

/// How many of `rounds` damaged versions of the scenario are still fine; anything but an InputError escapes.
int survivors(const std::string& scenario, int rounds, const std::string& stream) {
  const std::string path = SNNVP_SOURCE_DIR "/scenarios/" + scenario, whole = text_of(path);
  REQUIRE_NOTHROW(prepare_text(whole, path, {}, all_kinds()));
  RandomStream random(1, stream);
  int fine = 0;
  for (int round = 0; round < rounds; ++round) {
    const std::string text = damaged(whole, random);
    INFO(stream << " " << round << "\n" << text);
    try {
      prepare_text(text, path, {}, all_kinds());
      ++fine;
    } catch (const InputError& error) {
      REQUIRE(error.error_count() > 0);
      REQUIRE(std::string(error.what()).size() > 10);
    }
  }
  return fine;
}

}  // namespace

TEST_CASE("a damaged scenario of recorded spikes is fine or refused") {
  const int fine = survivors("product_sparsity.yaml", 600, "fuzz quickstart");
  CHECK(fine > 0);
  CHECK(fine < 600);
}

TEST_CASE("a damaged quickstart is fine or refused") {
  const int fine = survivors("quickstart.yaml", 150, "fuzz network");
  CHECK(fine > 0);
  CHECK(fine < 150);
}

TEST_CASE("a damaged scenario with everything in one file is fine or refused") {
  const std::string path = "../tests/scenario/broken/parts/good.yaml";
  const int fine = survivors(path, 600, "fuzz good");
  CHECK(fine > 0);
  CHECK(fine < 600);
}

TEST_CASE("a damaged --set is fine or refused") {
  const std::string path = SNNVP_SOURCE_DIR "/scenarios/product_sparsity.yaml", whole = text_of(path);
  RandomStream random(1, "fuzz set");
  for (int round = 0; round < 200; ++round) {
    const std::string setting = damaged("platform.blocks.pu.params.tile_m=64", random);
    INFO(setting);
    try {
      prepare_text(whole, path, {setting}, all_kinds());
    } catch (const InputError& error) {
      REQUIRE(error.error_count() > 0);
    }
  }
}
