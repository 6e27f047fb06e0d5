// SPDX-License-Identifier: Apache-2.0
// Files that are damaged, or made to hurt: each imports or is refused with a sentence, nothing else.
#include <catch2/catch.hpp>

#include <hdf5.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <limits>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/random.h>
#include <snnvp/workloads/formats/guarded_read.h>
#include <snnvp/workloads/formats/hdf5_tree.h>

#include "nir_fixture.h"

using namespace snnvp;
using namespace snnvp::test;
using Catch::Matchers::Contains;

namespace {

constexpr double nan_value = std::numeric_limits<double>::quiet_NaN();
using Write = std::function<void(NirWriter&)>;

struct Hostile {
  const char* what;
  Write write;
  const char* told;  ///< part of the message
};

/// A sound network of one Linear and one LIF whose parts a case may replace.
struct Parts {
  Write linear = [](NirWriter& w) { w.linear("fc", {2, 3}, {1, 2, 3, 4, 5, 6}); };
  Write lif = [](NirWriter& w) { w.lif("lif", {2}, 1e-3, 1, 1); };
  Write edges = [](NirWriter& w) { w.graph("/node", {{"input", "fc"}, {"fc", "lif"}, {"lif", "output"}}); };
  Write more = [](NirWriter&) {};
  Shape input{3}, output{2};
};

Write whole(const Parts& parts) {
  return [parts](NirWriter& w) {
    w.input("input", parts.input);
    w.output("output", parts.output);
    parts.linear(w), parts.lif(w), parts.edges(w), parts.more(w);
  };
}
Write with_linear(Write linear) {
  Parts p;
  p.linear = std::move(linear);
  return whole(p);
}
Write with_weight(const Shape& shape, const std::vector<double>& values) {
  return with_linear([=](NirWriter& w) { w.linear("fc", shape, values); });
}
Write with_lif(Write lif) {
  Parts p;
  p.lif = std::move(lif);
  return whole(p);
}
Write with_edges(Write edges) {
  Parts p;
  p.edges = std::move(edges);
  return whole(p);
}
Write with_more(Write more) {
  Parts p;
  p.more = std::move(more);
  return whole(p);
}
Write with_input(const Shape&, const std::vector<double>& shape, NirWriter::Number type = NirWriter::Number::f64) {
  return [=](NirWriter& w) {
    w.text("/node/nodes/input/type", "Input");
    w.numbers("/node/nodes/input/shape", {shape.size()}, shape, type);
    w.lif("lif", {}, 1e-3, 1, 1);
    w.graph("/node", {{"input", "lif"}});
  };
}
/// A conv on (1, 6, 6) whose numbers a case chooses.
Write with_conv(const Shape& weight, NirWriter::Conv options, std::size_t biases = 1) {
  return [=](NirWriter& w) {
    w.input("input", {1, 6, 6});
    w.conv("conv", weight, std::vector<double>(elements_of(weight), 1.0), std::vector<double>(biases, 0.0), options);
    w.graph("/node", {{"input", "conv"}});
  };
}

void raw_dataset(NirWriter& w, const char* path, const std::vector<hsize_t>& shape, hid_t type, hid_t plist) {
  const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
  const hid_t set = H5Dcreate2(w.id(), path, type, space, H5P_DEFAULT, plist, H5P_DEFAULT);
  H5Dclose(set), H5Sclose(space);
}

std::vector<Hostile> hostile_files() {
  std::vector<Hostile> list;
  const auto add = [&](const char* what, Write write, const char* told) { list.push_back({what, std::move(write), told}); };

  // structure
  add(
      "no /node", [](NirWriter&) {}, "not a NIR file");
  add(
      "/node is a dataset", [](NirWriter& w) { w.scalar("/node", 1); }, "is no group");
  add("no type", with_lif([](NirWriter& w) { w.numbers("/node/nodes/lif/tau", {2}, {1, 1}); }), "/node/nodes/lif/type: missing dataset");
  add("type is a number", with_lif([](NirWriter& w) { w.scalar("/node/nodes/lif/type", 3); }), "must be one text");
  add("two types", with_lif([](NirWriter& w) { w.texts("/node/nodes/lif/type", {2}, {"LIF", "IF"}); }), "must be one text");
  add("a node that is a dataset", with_lif([](NirWriter& w) { w.scalar("/node/nodes/lif", 3); }), "/node/nodes/lif: is no group");
  add(
      "no nodes", [](NirWriter& w) { w.graph("/node", {}); }, "/node/nodes: missing group");
  add(
      "empty nodes", [](NirWriter& w) { w.graph("/node", {}), w.group("/node/nodes"); }, "there is no Input node");
  add("edges are numbers", with_edges([](NirWriter& w) {
        w.text("/node/type", "NIRGraph"), w.numbers("/node/edges", {1, 2}, {0, 1});
      }),
      "must be text of shape (edges, 2)");
  add("edges of three", with_edges([](NirWriter& w) {
        w.text("/node/type", "NIRGraph"), w.texts("/node/edges", {1, 3}, {"a", "b", "c"});
      }),
      "must be text of shape (edges, 2)");
  add("edges are a group", with_edges([](NirWriter& w) { w.text("/node/type", "NIRGraph"), w.group("/node/edges"); }),
      "must be text of shape (edges, 2)");
  add("a graph in a graph without ends", with_more([](NirWriter& w) {
        w.nodes = "/node/nodes/sub/nodes/";
        w.lif("x", {1}, 1e-3, 1, 1);
        w.graph("/node/nodes/sub", {});
      }),
      "must contain Input and Output nodes");
  add("a node nothing leads to", with_more([](NirWriter& w) { w.lif("lost", {1}, 1e-3, 1, 1); }), "lost: no edge leads to it");

  // links
  add("a group that contains itself",
      with_more([](NirWriter& w) { H5Lcreate_hard(w.id(), "/node", w.id(), "/node/nodes/loop", H5P_DEFAULT, H5P_DEFAULT); }),
      "a group that contains itself");
  add("a soft link",
      with_more([](NirWriter& w) { H5Lcreate_soft("/node/nodes/lif", w.id(), "/node/nodes/alias", H5P_DEFAULT, H5P_DEFAULT); }),
      "a soft link");
  add("a link to another file", with_linear([](NirWriter& w) {
        w.text("/node/nodes/fc/type", "Linear");
        H5Lcreate_external("../../../../etc/passwd", "/weight", w.id(), "/node/nodes/fc/weight", H5P_DEFAULT, H5P_DEFAULT);
      }),
      "a link to another file");
  add("weights kept in another file", with_linear([](NirWriter& w) {
        w.text("/node/nodes/fc/type", "Linear");
        const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
        H5Pset_external(plist, "/etc/passwd", 0, 48);
        raw_dataset(w, "/node/nodes/fc/weight", {2, 3}, H5T_NATIVE_DOUBLE, plist);
        H5Pclose(plist);
      }),
      "its data stand in another file");
  add(
      "graphs nested a hundred deep",
      [](NirWriter& w) {
        std::string path = "/node";
        for (int i = 0; i < 100; ++i) w.graph(path, {}), path += "/nodes/g";
        w.graph(path, {});
      },
      "nested deeper than");

  // shapes and values
  add("a weight of one axis", with_weight({6}, {1, 2, 3, 4, 5, 6}), "must be (out, in)");
  add("a weight of four axes", with_weight({2, 1, 3, 1}, {1, 2, 3, 4, 5, 6}), "must be (out, in)");
  add("a weight for other inputs", with_weight({2, 4}, std::vector<double>(8, 1.0)), "takes 4 inputs, but 3 reach it");
  add("a weight of text",
      with_linear([](NirWriter& w) { w.text("/node/nodes/fc/type", "Linear"), w.text("/node/nodes/fc/weight", "heavy"); }),
      "is text, must be numbers");
  add("a weight that is a group",
      with_linear([](NirWriter& w) { w.text("/node/nodes/fc/type", "Linear"), w.group("/node/nodes/fc/weight"); }),
      "is a group, must be numbers");
  add("an empty weight", with_weight({0, 3}, {}), "is empty");
  add("a weight that is not a number", with_weight({2, 3}, {1, 2, nan_value, 4, 5, 6}), "value 2 is nan");
  add("an infinite weight", with_weight({2, 3}, {1, 2, 3, 4, 5, std::numeric_limits<double>::infinity()}), "value 5 is inf");
  add("a bias of another size", with_linear([](NirWriter& w) {
        w.affine("fc", {2, 3}, std::vector<double>(6, 1.0), {1, 2, 3});
      }),
      "has 3 values for 2 outputs");
  add("thresholds of another shape", with_lif([](NirWriter& w) { w.lif("lif", {3}, 1e-3, 1, 1); }), "does not broadcast to");
  add(
      "an output of another shape",
      [](NirWriter& w) {
        Parts p;
        p.output = {7};
        whole(p)(w);
      },
      "has the shape (7), but what reaches it is (2)");
  add("an endless time constant", with_lif([](NirWriter& w) { w.lif("lif", {2}, std::numeric_limits<double>::infinity(), 1, 1); }),
      "value 0 is inf");
  add("a shape of zero", with_input({}, {0}), "is not a whole number of 1 to");
  add("a negative shape", with_input({}, {-4}, NirWriter::Number::i64), "is not a whole number of 1 to");
  add("half a neuron", with_input({}, {2.5}), "is not a whole number of 1 to");
  add("a shape that is not a number", with_input({}, {nan_value}), "value 0 is nan");
  add("a huge shape", with_input({}, {1e9}), "is not a whole number of 1 to");
  add("a huge product of shapes", with_input({}, {60000, 60000, 60000}), "a shape of (60000, 60000, 60000) is not possible");
  add("a huge product that wraps", with_input({}, std::vector<double>(32, 65536)), "is not possible");
  add("a compound type", with_linear([](NirWriter& w) {
        w.text("/node/nodes/fc/type", "Linear");
        const hid_t pair = H5Tcreate(H5T_COMPOUND, 16);
        H5Tinsert(pair, "re", 0, H5T_NATIVE_DOUBLE), H5Tinsert(pair, "im", 8, H5T_NATIVE_DOUBLE);
        raw_dataset(w, "/node/nodes/fc/weight", {2, 3}, pair, H5P_DEFAULT);
        H5Tclose(pair);
      }),
      "neither numbers nor text");
  add("a weight of 2^60 values that take no room", with_linear([](NirWriter& w) {
        w.text("/node/nodes/fc/type", "Linear");
        const hid_t plist = H5Pcreate(H5P_DATASET_CREATE);
        const hsize_t chunk[2] = {64, 64};
        H5Pset_chunk(plist, 2, chunk);
        raw_dataset(w, "/node/nodes/fc/weight", {hsize_t{1} << 30, hsize_t{1} << 30}, H5T_NATIVE_DOUBLE, plist);
        H5Pclose(plist);
      }),
      "more than the 67108864 that are read");
  add("a type in place of a dataset", with_linear([](NirWriter& w) {
        w.text("/node/nodes/fc/type", "Linear");
        const hid_t type = H5Tcopy(H5T_NATIVE_INT);
        H5Tcommit2(w.id(), "/node/nodes/fc/weight", type, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
        H5Tclose(type);
      }),
      "neither a group nor a dataset");

  // convolutions
  add("a stride of 0", with_conv({1, 1, 3, 3}, {{0, 0}}), "0 is not a whole number of 1 to");
  add("no groups", with_conv({1, 1, 3, 3}, {{1}, {0}, {1}, 0}), "0 is not a whole number of 1 to");
  add("groups that do not divide", with_conv({3, 1, 3, 3}, {{1}, {0}, {1}, 2}, 3), "do not divide into 2 groups");
  add("a negative padding", with_conv({1, 1, 3, 3}, {{1}, {-1}}), "-1 is not a whole number");
  add("a huge padding", with_conv({1, 1, 3, 3}, {{1}, {2e8}}), "the padding is too large");
  add("a padding that makes a huge image", with_conv({1, 1, 3, 3}, {{1}, {1e5}}), "more than");
  add("a huge dilation", with_conv({1, 1, 3, 3}, {{1}, {0}, {1e6}}), "does not fit");
  add("a kernel larger than the image", with_conv({1, 1, 9, 9}, {}), "does not fit");
  add("three strides", with_conv({1, 1, 3, 3}, {{1, 1, 1}}), "must have one or two");
  add("a word for a padding", with_conv({1, 1, 3, 3}, {{1}, {0}, {1}, 1, {}, "../../etc/passwd"}), "must be numbers, 'same' or 'valid'");

  // names
  add("a name with escape codes", with_more([](NirWriter& w) { w.lif("\x1b[31mred", {1}, 1e-3, 1, 1); }), "this name cannot be used");
  add("a name that is no UTF-8", with_more([](NirWriter& w) { w.lif("\xff\xfe", {1}, 1e-3, 1, 1); }), "this name cannot be used");
  add("a name of 10,000 letters", with_more([](NirWriter& w) { w.lif(std::string(10000, 'n'), {1}, 1e-3, 1, 1); }),
      "this name cannot be used");
  add("a node type with escape codes", with_lif([](NirWriter& w) { w.text("/node/nodes/lif/type", "\x1b]0;pwned\x07%s%n"); }), "");
  add("an edge to a path", with_edges([](NirWriter& w) {
        w.graph("/node", {{"input", "../../../etc/passwd"}, {"fc", "lif"}, {"lif", "output"}});
      }),
      "there is no node '../../../etc/passwd'");
  return list;
}

}  // namespace

TEST_CASE("hostile NIR files are refused with a sentence", "[nir][hostile]") {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  const ScratchFolder folder;
  const std::string file = folder.path() + "/hostile.nir";
  const std::vector<Hostile> all = hostile_files();
  CHECK(all.size() >= 50);
  for (const Hostile& h : all) {
    INFO(h.what);
    {
      NirWriter w(file);
      h.write(w);
    }
    std::string told;
    try {
      for (const ImportRow& row : import_nir(file, nir_options()).rows)
        if (row.verdict == ImportVerdict::refused) told += row.reason;
    } catch (const InputError& error) {
      told = error.what();
    }
    CHECK_THAT(told, Contains(h.told));
    CHECK(!told.empty());
    CHECK(told.find('\x1b') == std::string::npos);
  }
}

TEST_CASE("names that look like paths stay names", "[nir][hostile]") {
  const ScratchFolder folder;
  const std::string file = folder.path() + "/dots.nir";
  {
    NirWriter w(file);
    w.input("..", {1});
    w.lif("~root", {1}, 1e-3, 1, 1);
    w.graph("/node", {{"..", "~root"}});
  }
  CHECK(import_nir(file, nir_options()).graph.find("..") >= 0);
}

TEST_CASE("delays, time constants and gains that cannot be run are refused by name", "[nir][hostile]") {
  const ScratchFolder folder;
  const std::string file = folder.path() + "/values.nir";
  const auto reason = [&](const std::string& type, const std::vector<std::pair<std::string, double>>& params) {
    {
      NirWriter w(file);
      w.input("input", {1});
      w.param_node("n", type, {1}, params);
      w.graph("/node", {{"input", "n"}});
    }
    return row_of(import_nir(file, nir_options()), "n").reason;
  };
  const auto lif = [&](double tau, double r) { return reason("LIF", {{"tau", tau}, {"r", r}, {"v_leak", 0}, {"v_threshold", 1}}); };
  CHECK_THAT(lif(-1, 1), Contains("its tau is -1"));
  CHECK_THAT(lif(0, 1), Contains("its tau is 0"));
  CHECK_THAT(lif(1e-5, 1), Contains("is shorter than the step of 1e-04 s; --dt"));
  CHECK_THAT(lif(1e-3, -2), Contains("its r is -2"));
  CHECK_THAT(reason("Delay", {{"delay", -1e-3}}), Contains("is negative"));
  CHECK_THAT(reason("Delay", {{"delay", 1e9}}), Contains("at most 1048576 can be run"));
}

TEST_CASE("files cut anywhere or with changed bytes import or are refused", "[nir][hostile]") {
  const ScratchFolder folder;
  const std::string good = folder.path() + "/good.nir", bad = folder.path() + "/bad.nir";
  {
    NirWriter w(good, {NirWriter::Number::f64, true, false});
    whole({})(w);
  }
  const std::string bytes = slurp(good);
  REQUIRE(import_problem(good) == "");
  unsigned refused = 0;
  for (int i = 0; i < 24; ++i) {  // truncation
    folder.write("bad.nir", bytes.substr(0, bytes.size() * static_cast<std::size_t>(i) / 24));
    refused += !import_problem(bad).empty();
  }
  CHECK(refused == 24);
  RandomStream random(1, "mutated nir");
  for (int i = 0; i < 120; ++i) {
    std::string mutated = bytes;
    for (std::uint64_t k = 0; k <= random.below(4); ++k) mutated[random.below(mutated.size())] = static_cast<char>(random.next_int8());
    folder.write("bad.nir", mutated);
    refused += !import_problem(bad).empty();  // anything but InputError fails the test
  }
  CHECK(refused > 24);
}

TEST_CASE("files that are no HDF5 at all are called that", "[nir][hostile]") {
  const ScratchFolder folder;
  CHECK_THAT(import_problem(folder.write("a.nir", "")), Contains("not an HDF5 file"));
  CHECK_THAT(import_problem(folder.write("b.nir", "import torch\n")), Contains("not an HDF5 file"));
  CHECK_THAT(import_problem(folder.path()), Contains("not a file"));
  CHECK_THAT(import_problem(folder.path() + "/none.nir"), Contains("No such file"));
  CHECK_THAT(import_problem("/dev/zero"), Contains("not a file"));
}

TEST_CASE("a child that dies, hangs, eats memory or talks nonsense is told, and leaves no process behind", "[nir][hostile]") {
  const auto failure = [](GuardLimits limits, const std::function<void(GuardSink&)>& child) {
    try {
      read_guarded(limits, child, [](GuardPipe& pipe) {
        pipe.number<std::uint64_t>();
        pipe.text(16);
      });
    } catch (const GuardFailure& told) {
      return std::string(told.what());
    }
    return std::string("nothing");
  };
  CHECK_THAT(failure({}, [](GuardSink&) { std::abort(); }), Contains("signal 6"));
  CHECK_THAT(failure({}, [](GuardSink&) { raise(SIGSEGV); }), Contains("signal 11"));
  CHECK_THAT(failure({std::uint64_t{1} << 30, 1},
                     [](GuardSink&) {
                       for (volatile int i = 0;; i = i + 1) {
                       }
                     }),
             Contains("too long"));
  CHECK_THAT(
      failure({std::uint64_t{64} << 20, 20}, [](GuardSink& sink) { sink.number(std::vector<double>(std::size_t{1} << 28, 1.0).back()); }),
      Contains("out of memory"));
  CHECK_THAT(failure({}, [](GuardSink& sink) { sink.number(std::uint32_t{1}); }), Contains("ended too early"));
  CHECK_THAT(failure({}, [](GuardSink& sink) { sink.number(std::uint64_t{1}), sink.text(std::string(100, 'x')); }), Contains("nonsense"));
  CHECK(failure({}, [](GuardSink& sink) { sink.number(std::uint64_t{1}), sink.text("fine"); }) == "nothing");
  CHECK(waitpid(-1, nullptr, WNOHANG) == -1);
}
