// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/engine/job.h>

#include <catch2/catch.hpp>

#include <functional>
#include <random>
#include <vector>

#include <zlib.h>

using namespace snnvp;
using namespace snnvp::engine;

namespace {

JobDescriptor conv_job() {
  JobDescriptor job;
  job.operation = Operation::conv2d;
  job.flags = flag_first | flag_store_sums;
  job.tag = 0xCAFE;
  job.next = 0x1'2345'6788;
  job.gemm.kind = GemmGeometry::Kind::conv2d;
  job.gemm.T = 4, job.gemm.C = 3, job.gemm.H = job.gemm.W = 9, job.gemm.N = 7, job.gemm.kernel = 3, job.gemm.stride = 2,
  job.gemm.padding = 1;
  job.operands[operand::input].address = 0xFFFF'0000'1234'5678;
  job.operands[operand::input].format = Format::spikes;
  job.operands[operand::input].shape = {4, 3, 9, 9};
  job.operands[operand::sums].format = Format::int32;
  job.operands[operand::sums].stride = {1, 2, 3, 4};
  job.neuron.present = true;
  job.neuron.neurons = 175;
  job.neuron.threshold_address = 0x8000'0000'0000;
  job.neuron.record.threshold = -5;
  job.neuron.record.leak = NeuronRecord::Leak::multiply;
  job.neuron.record.leak_value = 60000;
  job.neuron.record.reset = NeuronRecord::Reset::subtract;
  job.neuron.record.width_bits = 12;
  return job;
}

DescriptorBytes sealed(DescriptorBytes image) {
  uLong crc = crc32(0, image.data(), 24);
  crc = crc32(crc, image.data() + 28, 512 - 28);
  for (unsigned i = 0; i < 4; ++i) image[24 + i] = static_cast<std::uint8_t>(crc >> 8 * i);
  return image;
}

}  // namespace

TEST_CASE("a descriptor decodes to what was encoded") {
  const JobDescriptor job = conv_job();
  const Decoded decoded = decode(encode(job));
  INFO(decoded.problem);
  REQUIRE(decoded.status == JobStatus::ok);
  CHECK(encode(decoded.job) == encode(job));
  CHECK(decoded.job.tag == 0xCAFE);
  CHECK(decoded.job.next == 0x1'2345'6788);
  CHECK(decoded.job.operands[operand::input].address == 0xFFFF'0000'1234'5678);
  CHECK(decoded.job.neuron.record.threshold == -5);
  CHECK(decoded.job.neuron.threshold_address == 0x8000'0000'0000);
  CHECK(decoded.job.gemm.positions() == 25);
}

TEST_CASE("every neuron and element-wise field comes back from a descriptor") {
  JobDescriptor job = conv_job();
  NeuronRecord& r = job.neuron.record;
  r.model = NeuronRecord::Model::cuba_li, r.bias = -7, r.reset_value = -9, r.input_shift = 5, r.synapse_shift = 6, r.synapse_leak = 65536,
  r.synapse_bias = -3;
  job.neuron.channel_table = true, job.neuron.channels = 7;
  const Decoded decoded = decode(encode(job));
  REQUIRE(decoded.status == JobStatus::ok);
  const NeuronRecord& d = decoded.job.neuron.record;
  CHECK(
      (d.model == r.model && d.bias == -7 && d.reset_value == -9 && d.input_shift == 5 && d.synapse_shift == 6 && d.synapse_leak == 65536));
  CHECK((d.synapse_bias == -3 && decoded.job.neuron.channel_table && decoded.job.neuron.channels == 7));
  JobDescriptor element;
  element.operation = Operation::elementwise;
  ElementwiseJob& e = element.elementwise;
  e.kind = ElementwiseJob::Kind::max_pool, e.T = 3, e.C = 4, e.H = 50, e.W = 60, e.kernel = {3, 2}, e.stride = {2, 1}, e.padding = {1, 0};
  e.multiplier = -5, e.shift = 40, e.channels = 4, e.multipliers_address = 0x8000'0000'1000;
  e.inputs[0] = {-(1 << 20), 40}, e.inputs[3] = {1 << 20, 3};
  const Decoded again = decode(encode(element));
  INFO(again.problem);
  REQUIRE(again.status == JobStatus::ok);
  CHECK(encode(again.job) == encode(element));
  const ElementwiseJob& f = again.job.elementwise;
  CHECK((f.inputs[0].multiplier == -(1 << 20) && f.inputs[0].shift == 40 && f.inputs[3].multiplier == 1 << 20 && f.multiplier == -5));
  CHECK((f.out_h() == 25 && f.out_w() == 59 && f.multipliers_address == 0x8000'0000'1000));
}

TEST_CASE("a descriptor of a plain LIF holds zeros where later fields stand") {
  const DescriptorBytes image = encode(conv_job());
  for (unsigned at = 416 + 4 * 18; at < 512; ++at) CHECK(image[at] == 0);
}

TEST_CASE("values per channel travel as a table of rows and come back as they were") {
  NeuronRecord record;
  record.threshold = 9, record.leak = NeuronRecord::Leak::multiply;
  CHECK_FALSE(has_channel_values(record));
  record.channel_leak = {1, 2, 3};
  record.channel_bias = {-4, 5, -6};
  CHECK(has_channel_values(record));
  std::vector<std::int32_t> table = channel_table_of(record, 3);
  REQUIRE(table.size() == 3 * channel_table_words);
  CHECK(std::vector<std::int32_t>(table.begin() + 8, table.begin() + 16) == std::vector<std::int32_t>{9, 2, 0, 5, 0, 0, 0, 0});
  NeuronRecord back;
  back.leak = NeuronRecord::Leak::multiply;
  set_channel_table(table.data(), 3, back);
  CHECK(back.channel_leak == record.channel_leak);
  CHECK(back.channel_bias == record.channel_bias);
  CHECK(back.channel_threshold == std::vector<std::int32_t>{9, 9, 9});
  table[1] = 70000;  // a factor above 1 in memory
  set_channel_table(table.data(), 3, back);
  CHECK(back.channel_leak == std::vector<std::int32_t>{65536, 2, 3});
}

TEST_CASE("a changed bit anywhere in a descriptor is a bad descriptor") {
  const DescriptorBytes good = encode(conv_job());
  for (std::size_t at = 0; at < good.size(); ++at)
    for (unsigned bit = 0; bit < 8; ++bit) {
      DescriptorBytes image = good;
      image[at] = static_cast<std::uint8_t>(image[at] ^ 1U << bit);
      if (decode(image).status != JobStatus::bad_descriptor) FAIL("bit " << bit << " of byte " << at << " went through");
    }
}

TEST_CASE("every status has a name") {
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(JobStatus::count_); ++i)
    CHECK(status_name(static_cast<JobStatus>(i)) != "unknown");
  CHECK(status_name(JobStatus::count_) == "unknown");
  for (std::uint32_t i = 1; i < static_cast<std::uint32_t>(Operation::count_); ++i)
    CHECK(operation_name(static_cast<Operation>(i)) != "none");
}

TEST_CASE("shapes that overflow are refused whatever they claim") {
  for (const auto& change : std::vector<std::function<void(JobDescriptor&)>>{
           [](JobDescriptor& j) { j.gemm.T = 0xFFFFFFFF, j.gemm.C = 0xFFFFFFFF; },
           [](JobDescriptor& j) { j.gemm.H = j.gemm.W = 0xFFFFFFFF; },
           [](JobDescriptor& j) { j.gemm.kernel = 0xFFFFFFFF, j.gemm.padding = 0xFFFFFFFE; },
           [](JobDescriptor& j) { j.gemm.N = 0xFFFFFFFF; },
           [](JobDescriptor& j) {
             j.operands[3].shape = {0xFFFFFFFF, 2, 1, 1};
           },
           [](JobDescriptor& j) { j.neuron.neurons = 0xFFFFFFFF; },
           [](JobDescriptor& j) { j.neuron.record.width_bits = 33; },
           [](JobDescriptor& j) { j.operands[0].address = 0xFFFF'FFFF'FFFF'FFF0; },
       }) {
    JobDescriptor job = conv_job();
    change(job);
    const Decoded decoded = decode(encode(job));
    CHECK(decoded.status == JobStatus::bad_shape);
    CHECK_FALSE(decoded.problem.empty());
  }
}

TEST_CASE("random descriptors with a valid CRC are decoded or refused with a sentence") {
  std::mt19937_64 random(1);
  std::size_t decodable = 0;
  for (int round = 0; round < 20'000; ++round) {
    DescriptorBytes image = encode(conv_job());
    if (round % 2 == 0) {
      for (std::size_t at = 32; at < image.size(); ++at) image[at] = static_cast<std::uint8_t>(random());
    } else {
      for (int changes = 1 + static_cast<int>(random() % 4); changes > 0; --changes)
        image[8 + random() % 504] = static_cast<std::uint8_t>(random());
    }
    image[8] = static_cast<std::uint8_t>(random() % 8), image[9] = image[10] = image[11] = 0;
    const Decoded decoded = decode(sealed(image));
    if (decoded.status == JobStatus::ok)
      ++decodable;
    else if (decoded.problem.empty())
      FAIL("no reason given");
  }
  CHECK(decodable > 100);
}
