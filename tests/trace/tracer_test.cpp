// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>

#include <cstdio>
#include <cstdlib>
#include <string>

#include <unistd.h>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/trace/trace_file.h>

using namespace snnvp;
using trace::Record;
using trace::Timeline;
using trace::Tracer;
using trace::TrackKind;

namespace {

Tracer::Options window(Picoseconds from, Picoseconds to, std::uint64_t most = 1000) { return {from, to, most}; }

std::string write(const Tracer& tracer, TraceFormat format) {
  char path[] = "/tmp/snnvp_trace_XXXXXX";
  const int file = mkstemp(path);
  REQUIRE(file >= 0);
  close(file);
  trace::FileSettings settings;
  settings.path = path, settings.format = format, settings.scenario = "s", settings.hash = "h", settings.version = "v";
  trace::write_file(tracer, settings);
  std::string problem;
  const auto text = read_file(path, problem);
  std::remove(path);
  REQUIRE(text);
  return *text;
}

}  // namespace

TEST_CASE("formats.F12 slices that overlap lie on lanes of their own, the lowest that is free", "[trace]") {
  Tracer tracer(window(0, 1000));
  const auto bus = tracer.track("bus", "bursts");
  const auto text = tracer.text("burst");
  tracer.slice(bus, text, 30, 40);  // order of recording does not matter
  tracer.slice(bus, text, 0, 20);
  tracer.slice(bus, text, 10, 30);
  tracer.slice(bus, text, 20, 25);
  tracer.finish(100);
  const Timeline timeline(tracer);
  REQUIRE(timeline.lanes().size() == 2);
  std::vector<std::pair<Picoseconds, unsigned>> lanes;
  for (const std::uint32_t i : timeline.order()) lanes.emplace_back(timeline.record(i).start, timeline.lanes()[timeline.lane_of(i)].number);
  CHECK(lanes == std::vector<std::pair<Picoseconds, unsigned>>{{0, 0}, {10, 1}, {20, 0}, {30, 0}});
}

TEST_CASE("formats.F12 a window cuts slices at its edges and leaves out what only touches it", "[trace]") {
  Tracer tracer(window(100, 200));
  const auto track = tracer.track("pu", "compute");
  tracer.slice(track, 0, 50, 100);
  tracer.slice(track, 0, 90, 110);
  tracer.slice(track, 0, 120, 130);
  tracer.slice(track, 0, 150, 260);
  tracer.slice(track, 0, 200, 210);
  tracer.instant(track, tracer.text("mark"), 99);
  tracer.instant(track, tracer.text("mark"), 100);
  tracer.finish(1000);
  REQUIRE(tracer.count() == 4);
  CHECK(tracer.end() == 200);
  CHECK((tracer.records()[0].start == 100 && tracer.records()[0].end == 110 && tracer.records()[0].is_cut));
  CHECK((tracer.records()[1].start == 120 && !tracer.records()[1].is_cut));
  CHECK((tracer.records()[2].end == 200 && tracer.records()[2].is_cut));
}

TEST_CASE("formats.F12 a run that ends early leaves no slice in the future", "[trace]") {
  Tracer tracer(window(0, 1000));
  const auto track = tracer.track("pu", "compute");
  tracer.slice(track, 0, 10, 90);
  tracer.slice(track, 0, 50, 60);
  tracer.finish(50);
  REQUIRE(tracer.count() == 1);
  CHECK((tracer.records()[0].end == 50 && tracer.records()[0].is_cut));
}

TEST_CASE("formats.F12 the limit holds for the whole file and says where the picture ends", "[trace]") {
  Tracer tracer(window(0, 1'000'000, 100));
  const auto track = tracer.track("pu", "compute");
  for (Picoseconds t = 0; t < 500; ++t) tracer.slice(track, 0, 10 * t, 10 * t + 10);
  tracer.finish(5000);
  CHECK(tracer.count() == 100 - 10 - 1);
  CHECK(tracer.dropped() == 500 - 89);
  CHECK(tracer.complete_until() == 890);
  const std::string json = write(tracer, TraceFormat::chrome);
  CHECK(json.find("recording stopped: 411 events dropped") != std::string::npos);
  CHECK(json.find("\"events\":90,\"dropped\":411,\"complete_until_ps\":890") != std::string::npos);
}

TEST_CASE("formats.F12 one known burst: microseconds in Chrome's file, picoseconds in the dump", "[trace]") {
  Tracer tracer(window(0, 10'000'000));
  const auto link = tracer.link("pu", "dma -> bus.in", "pu.dma", "bus.in");
  tracer.transfer(link, 1'234'567, 2'234'568, 0x80000040, 64, 1, 1);
  tracer.finish(4'000'000);
  const std::string json = write(tracer, TraceFormat::chrome);
  CHECK(json.find(R"("name":"WRITE","cat":"link","ph":"X","pid":1,"tid":1,"ts":1.234567,"dur":1.000001,"args":{"address":"0x80000040",)"
                  R"("length":64,"initiator":"pu.dma","target":"bus.in","response":"OK"})") != std::string::npos);
  const std::string vcd = write(tracer, TraceFormat::vcd);
  CHECK(vcd.find("$timescale 1 ps $end") != std::string::npos);
  CHECK(vcd.find("#1234567\n1!\n") != std::string::npos);
  CHECK(vcd.find("#2234568\n0!\n") != std::string::npos);
}

TEST_CASE("formats.F12 bandwidth is bytes over time, spread over the access", "[trace]") {
  Tracer tracer(window(0, 1'000'000'000, 100'000));
  const auto link = tracer.link("pu", "dma -> bus.in", "pu.dma", "bus.in");
  tracer.transfer(link, 0, 500'000, 0, 1000, 0, 1);         // 2 GB/s in the first half
  tracer.transfer(link, 500'000, 600'000, 0, 1000, 0, -2);  // failed: moves nothing
  tracer.finish(1'000'000);
  const Timeline timeline(tracer);
  REQUIRE(timeline.curves().size() == 1);
  const auto& points = timeline.curves()[0].points;
  CHECK(points.front().second == Approx(2.0));
  CHECK(points.back().second == 0);
  CHECK(points.back().first == 500'000);
}

TEST_CASE("formats.F12 arrows join slices of a flow in the order of time", "[trace]") {
  Tracer tracer(window(0, 1000));
  const auto job = tracer.track("pu", "job"), fetch = tracer.track("pu", "fetch");
  const std::uint32_t flow = tracer.new_flow(), alone = tracer.new_flow();
  tracer.slice(fetch, 0, 20, 30, 0, 0, flow);
  tracer.slice(fetch, 0, 40, 50, 0, 0, alone);
  tracer.slice(job, 0, 10, 90, 0, 0, flow);
  tracer.finish(100);
  const Timeline timeline(tracer);
  REQUIRE(timeline.arrows().size() == 1);
  CHECK(timeline.record(timeline.arrows()[0].records[0]).track == job);
  CHECK(timeline.record(timeline.arrows()[0].records[1]).track == fetch);
}

TEST_CASE("formats.F12 a wire that was up before the window is up from its start, one that stays up until the end", "[trace]") {
  Tracer tracer(window(100, 200));
  const auto irq = tracer.track("pu", "irq", TrackKind::wire, "irq");
  tracer.level(irq, 50, 1);
  tracer.level(irq, 120, 0);
  tracer.level(irq, 150, 1);
  tracer.level(irq, 150, 0);  // twice at one time: as it is left
  tracer.level(irq, 160, 1);
  tracer.finish(1000);
  const Timeline timeline(tracer);
  REQUIRE(timeline.high_levels().size() == 2);
  CHECK((timeline.high_levels()[0].start == 100 && timeline.high_levels()[0].end == 120));
  CHECK((timeline.high_levels()[1].start == 160 && timeline.high_levels()[1].end == 200));
}

TEST_CASE("formats.F12 names that are no identifiers, or equal after the change, stay different signals", "[trace]") {
  Tracer tracer(window(0, 1000));
  for (const char* name : {"a[0]", "a 0", "0"}) tracer.slice(tracer.track("b c", name), 0, 1, 2);
  tracer.finish(10);
  const std::string vcd = write(tracer, TraceFormat::vcd);
  for (const char* line : {"$scope module b_c $end", " a_0 $end", " a_0_2 $end", " _0 $end"}) CHECK(vcd.find(line) != std::string::npos);
}

TEST_CASE("a trace that cannot be written leaves no part behind", "[trace]") {
  Tracer tracer(window(0, 1000));
  tracer.finish(10);
  trace::FileSettings settings;
  settings.path = "/tmp";  // a folder: the rename fails
  CHECK_THROWS_AS(trace::write_file(tracer, settings), InputError);
  CHECK(access("/tmp.partial", F_OK) != 0);
}

TEST_CASE("formats.F12 a curve begins with what holds when the window does, and is thinned where it has too many points", "[trace]") {
  Tracer tracer(window(100, 10'000, 1000));
  tracer.add_curve("pu", "power", "W", {{0, 1.0}, {50, 2.0}, {150, 2.0}, {200, 3.0}, {20'000, 4.0}});
  std::vector<std::pair<Picoseconds, double>> many;
  for (Picoseconds t = 0; t < 200; ++t) many.emplace_back(200 + t, static_cast<double>(t));
  tracer.finish(5000);
  {
    const Timeline timeline(tracer);
    REQUIRE(timeline.curves().size() == 1);
    CHECK(timeline.curves()[0].points == std::vector<std::pair<Picoseconds, double>>{{100, 2.0}, {200, 3.0}});
  }
  tracer.add_curve("pu", "other", "W", many);
  const Timeline timeline(tracer);
  REQUIRE(timeline.curves().size() == 2);
  CHECK(timeline.curves()[0].points.size() + timeline.curves()[1].points.size() <= 50);
  CHECK(timeline.curves()[1].points.front().first == 200);
}

TEST_CASE("formats.F12 of a wire nothing is claimed after the last event that was kept", "[trace]") {
  Tracer tracer(window(0, 1'000'000, 100));
  const auto irq = tracer.track("pu", "irq", TrackKind::wire, "irq");
  const auto track = tracer.track("pu", "compute");
  tracer.level(irq, 10, 1);
  for (Picoseconds t = 0; t < 200; ++t) tracer.slice(track, 0, 100 * t, 100 * t + 10);
  tracer.finish(100'000);
  const Timeline timeline(tracer);
  REQUIRE(timeline.high_levels().size() == 1);
  CHECK(timeline.high_levels()[0].end == tracer.complete_until());
  CHECK(tracer.complete_until() == 8800);
}
