// SPDX-License-Identifier: Apache-2.0
// One wrong byte anywhere between the workload and its results is noticed (decision 25).
#include <catch2/catch.hpp>

#include <algorithm>

#include <snnvp/platform/engine/job.h>

#include "../support/forked_run.h"

using namespace snnvp;
using namespace snnvp::test;
using engine::JobDescriptor;

namespace {

std::uint8_t read_byte(engine::JobDriver& driver, Address at) {
  std::uint8_t byte = 0;
  if (driver.debug_read(at, &byte, 1) != 1) throw std::runtime_error("no memory there");
  return byte;
}

void flip(engine::JobDriver& driver, Address at, std::uint8_t bits) {
  const auto byte = static_cast<std::uint8_t>(read_byte(driver, at) ^ bits);
  if (driver.debug_write(at, &byte, 1) != 1) throw std::runtime_error("no memory there");
}

/// The first fully connected layer of the program.
JobDescriptor fc_job(const MemoryProgram& program) {
  for (const auto& [address, image] : program.engines.front().submission.descriptors)
    if (const auto decoded = engine::decode(image); decoded.job.operation == engine::Operation::gemm) return decoded.job;
  throw std::runtime_error("no fully connected layer");
}

/// The first input with a spike at some step whose weight row is not all zero: {step, input}.
std::pair<std::uint64_t, std::uint64_t> spike_that_matters(engine::JobDriver& driver, const JobDescriptor& job) {
  const GemmGeometry& g = job.gemm;
  const Address spikes = job.operands[engine::operand::input].address, weights = job.operands[engine::operand::weights].address;
  for (std::uint64_t t = 0; t < g.T; ++t)
    for (std::uint64_t c = 0; c < g.C; ++c) {
      const std::uint64_t bit = t * g.C + c;
      if (!(read_byte(driver, spikes + bit / 8) >> bit % 8 & 1)) continue;
      for (std::uint64_t n = 0; n < g.N; ++n)
        if (read_byte(driver, weights + c * g.N + n) != 0) return {t, c};
    }
  throw std::runtime_error("no spike matters");
}

const std::vector<std::vector<std::string>> timings = {{"platform.blocks.pu.params.timing=paper"},
                                                       {"platform.blocks.pu.params.timing=tile"}};

RunEnd run_with(const std::vector<std::string>& overrides, std::function<void(engine::JobDriver&, const MemoryProgram&)> on_placed,
                std::function<void(engine::JobDriver&, const MemoryProgram&)> on_finished = {}) {
  RunOptions options;
  options.on_placed = std::move(on_placed);
  options.on_finished = std::move(on_finished);
  return run_forked("papers/prosperity.yaml", overrides, options);
}

bool has(const RunEnd& end, const std::string& rule) { return std::find(end.rules.begin(), end.rules.end(), rule) != end.rules.end(); }

}  // namespace

TEST_CASE("a run that nobody touches is ok") {
  for (const auto& overrides : timings) {
    const RunEnd end =
        run_with(overrides, [](engine::JobDriver& driver, const MemoryProgram& program) { spike_that_matters(driver, fc_job(program)); });
    CHECK(end.status == "ok");
    CHECK(end.exit_code == 0);
    CHECK(end.mismatches == 0);
    CHECK(end.compared == 114340);
  }
}

TEST_CASE("a corrupted weight in a row with a spike is detected") {
  for (const auto& overrides : timings)
    for (const int bit : {0, 3, 7}) {
      const RunEnd end = run_with(overrides, [bit](engine::JobDriver& driver, const MemoryProgram& program) {
        const JobDescriptor job = fc_job(program);
        const auto [step, input] = spike_that_matters(driver, job);
        flip(driver, job.operands[engine::operand::weights].address + input * job.gemm.N, static_cast<std::uint8_t>(1U << bit));
      });
      CHECK(end.status == "wrong_output");
      CHECK(end.exit_code == 1);
      CHECK(end.mismatches >= 1);
      CHECK(has(end, "output_mismatch"));
      CHECK(end.text.find("fc_0") != std::string::npos);
    }
}

TEST_CASE("a corrupted spike whose weight row is not zero is detected") {
  for (const auto& overrides : timings) {
    const RunEnd end = run_with(overrides, [](engine::JobDriver& driver, const MemoryProgram& program) {
      const JobDescriptor job = fc_job(program);
      const auto [step, input] = spike_that_matters(driver, job);
      const std::uint64_t bit = step * job.gemm.C + input;
      flip(driver, job.operands[engine::operand::input].address + bit / 8, static_cast<std::uint8_t>(1U << bit % 8));
    });
    CHECK(end.status == "wrong_output");
    CHECK(end.exit_code == 1);
    CHECK(end.mismatches >= 1);
  }
}

TEST_CASE("a corrupted descriptor byte ends the chain with an error that names the descriptor") {
  for (const auto& overrides : timings)
    for (const std::size_t at : {std::size_t{0}, std::size_t{9}, std::size_t{24}, std::size_t{40}, std::size_t{420}, std::size_t{511}})
      for (const std::size_t which : {std::size_t{0}, std::size_t{2}}) {
        const RunEnd end = run_with(overrides, [&](engine::JobDriver& driver, const MemoryProgram& program) {
          engine::Submission submission = program.engines.front().submission;
          submission.descriptors[which].second[at] ^= 0x10;
          driver.submit({submission});
        });
        INFO("byte " << at << " of descriptor " << which << ": " << end.text);
        CHECK(end.status == "job_failed");
        CHECK(end.exit_code == 1);
        CHECK(has(end, "job_failed"));
        CHECK(end.text.find("bad_descriptor") != std::string::npos);
      }
}

TEST_CASE("a corrupted byte of each result is detected as what it is") {
  for (const std::string tensor : {"sums", "spikes"})
    for (const auto& overrides : timings) {
      const RunEnd end = run_with(overrides, {}, [&tensor](engine::JobDriver& driver, const MemoryProgram& program) {
        for (const Expectation& e : program.expectations)
          if (e.tensor == tensor) return flip(driver, e.address + 5, 0x20);
      });
      CHECK(end.status == "wrong_output");
      CHECK(end.exit_code == 1);
      CHECK(end.mismatches == 1);
      CHECK(end.text.find("first difference: " + tensor) != std::string::npos);
    }
}
