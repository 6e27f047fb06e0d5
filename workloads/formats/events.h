// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <snnvp/workloads/network/simulate.h>

// Events of cameras and of recorded neurons (spec/formats.md 4.5), and how they become steps of an input (decision 56).
namespace snnvp {

/// One event: a pixel and its polarity at a time, or a neuron in a step.
struct Event {
  std::int64_t time = 0;  ///< microseconds, or steps for neuron,timestep files
  std::uint32_t x = 0;    ///< or the neuron
  std::uint32_t y = 0;
  bool positive = true;
};

enum class EventKind { pixels, neurons };  ///< columns t,x,y,p or neuron,timestep

/// A file of events, read a window of time at a time; memory does not grow with its length unless its times are out of order.
class EventFile {
public:
  /// Columns in any order, with or without a byte-order mark, LF or CRLF; p is 0/1 or -1/1. A structured npy with fields x, y, t, p
  /// as tonic writes it is read as well. `window` is the length of a sample in units of `time`. InputError "FILE:LINE: what".
  EventFile(const std::string& file, std::int64_t window);

  EventKind kind() const { return kind_; }
  /// Windows up to the last event.
  std::uint64_t windows() const { return windows_; }
  std::uint64_t count() const { return count_; }
  bool was_unsorted() const { return !all_.empty() && !from_npy_; }
  /// Events of window i, times relative to its start, in order of time.
  std::vector<Event> window(std::uint64_t i) const;

private:
  struct Row;
  void scan_csv();
  void load_npy();
  Event parse(const std::string& line, std::uint64_t number) const;

  std::string file_;
  std::int64_t window_;
  EventKind kind_ = EventKind::pixels;
  bool from_npy_ = false;
  int columns_[4] = {-1, -1, -1, -1};  // of time, x, y, p
  std::size_t column_count_ = 0;
  std::uint64_t windows_ = 0, count_ = 0;
  struct Place {
    std::uint64_t byte = 0;
    std::uint64_t line = 0;
  };
  std::vector<Place> starts_;  // of each window, in a sorted CSV file
  std::vector<Event> all_;     // an unsorted CSV file, or npy, sorted
};

/// Writes t,x,y,p. InputError if it cannot be written.
void write_events_csv(const std::string& file, const std::vector<Event>& events);

/// `workload.input` of a scenario without the file names: how events become steps.
struct EventBinning {
  Shape shape;       ///< of the input node, (C, H, W) or (N)
  double dt = 1e-4;  ///< seconds per step
  std::uint64_t steps = 1;
  enum class Polarity {
    channels,  ///< C = 2: channel 0 negative, 1 positive
    merge,     ///< both in channel 0
    sign       ///< +1 and -1 in channel 0, graded
  } polarity = Polarity::channels;
  enum class Duplicate {
    one,   ///< several events of a value in a step are one spike
    count  ///< they add up, graded
  } duplicate = Duplicate::one;

  /// Length of a sample in microseconds, or steps for files of neurons; InputError if it is no whole number.
  std::int64_t window(EventKind kind) const;
};

/// One sample. Step = floor(t / dt + 1e-6); events behind the last step cannot occur. InputError for an x, y or neuron outside the
/// shape; `where` stands in front.
InputSignal bin_events(const std::vector<Event>& events, EventKind kind, const EventBinning& binning, const std::string& where);

}  // namespace snnvp
