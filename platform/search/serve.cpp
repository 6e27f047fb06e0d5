// SPDX-License-Identifier: Apache-2.0
#include <snnvp/platform/search/serve.h>

#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>

#include <snnvp/platform/base/json_writer.h>
#include <snnvp/platform/base/quantity.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/platform/sweep/collect.h>
#include <snnvp/platform/sweep/constraints.h>
#include <snnvp/platform/sweep/metric.h>

namespace snnvp::search {

namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t longest_line = 16 << 20;

struct Refused {
  std::string why;
};

/// A value of a request as `--set` takes it.
std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return shortest_double(value.get<double>());
  return value.dump();
}

double number_of(const std::string& text) {
  const ParsedNumber parsed = parse_real(text.substr(0, text.find(' ')));
  return parsed ? parsed.value.as_double() : std::nan("");
}

class Server {
public:
  Server(const SearchFile& file, const SearchOptions& options, int in, int out)
      : file_(file),
        options_(options),
        in_(in),
        out_(out),
        constraints_(file.file, keys(), file.constraints),
        evaluator_(point_settings(file, options, 0)) {}

  bool run() {
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < std::max(1U, options_.jobs); ++t) threads.emplace_back([this] { work(); });
    read_lines();
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      is_over_ = true;
    }
    more_.notify_all();
    for (std::thread& thread : threads) thread.join();
    if (!evaluator_.plan().points.empty()) {
      sweep::write_plan(evaluator_.plan(), options_.folder);
      sweep::collect(evaluator_.plan(), options_.folder);
    }
    return all_ok_;
  }

private:
  std::vector<std::string> keys() const {
    std::vector<std::string> keys;
    for (const Axis& axis : file_.space) keys.push_back(axis.key);
    return keys;
  }

  bool is_stopped() const { return is_deaf_ || (options_.stop && *options_.stop); }

  void read_lines() {
    std::string buffer;
    char bytes[65536];
    for (;;) {
      pollfd p{in_, POLLIN, 0};
      const int ready = poll(&p, 1, 200);  // looks for a signal now and then
      if (is_stopped()) return;
      if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
      const ssize_t n = read(in_, bytes, sizeof bytes);
      if (n < 0 && errno == EINTR) continue;
      if (n <= 0) break;
      buffer.append(bytes, static_cast<std::size_t>(n));
      std::size_t begin = 0;
      for (std::size_t end; (end = buffer.find('\n', begin)) != std::string::npos; begin = end + 1) take(buffer.substr(begin, end - begin));
      buffer.erase(0, begin);
      if (buffer.size() > longest_line) {
        fail(nullptr, "the line is longer than 16 MiB");
        return;
      }
    }
    if (!buffer.empty()) take(std::move(buffer));
  }

  void take(std::string line) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) return;
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      lines_.push_back(std::move(line));
    }
    more_.notify_one();
  }

  void work() {
    for (;;) {
      std::string line;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        more_.wait(lock, [this] { return is_over_ || !lines_.empty(); });
        if (lines_.empty() || is_stopped()) return;
        line = std::move(lines_.front());
        lines_.pop_front();
      }
      Json id = nullptr;
      try {
        const Json request = Json::parse(line, nullptr, false);
        if (!request.is_object()) throw Refused{"not a JSON object: " + quote(line, 80)};
        if (!request.contains("id")) throw Refused{"the request has no id"};
        id = request.at("id");
        if (!id.is_number() && !id.is_string()) throw Refused{"the id is neither a number nor a text"};
        answer(request.contains("describe") ? description(id) : evaluated(id, request));
      } catch (const Refused& refused) {
        fail(id, refused.why);
      } catch (const Interrupted&) {
        return;
      } catch (const std::exception& error) {
        fail(id, error.what());
      }
    }
  }

  Json description(const Json& id) const {
    Json space = Json::array(), goals = Json::array();
    for (const Axis& axis : file_.space) {
      Json item{{"name", axis.name}, {"key", axis.key}};
      if (axis.axis.is_range())
        item.update({{"from", axis.axis.from},
                     {"to", axis.axis.to},
                     {"unit", axis.axis.unit},
                     {"log", axis.axis.logarithmic},
                     {"whole", axis.axis.whole}});
      else
        item["values"] = axis.values;
      space.push_back(std::move(item));
    }
    for (const sweep::Goal& goal : file_.objectives)
      goals.push_back({{"metric", goal.metric}, {"better", goal.maximise ? "larger" : "smaller"}});
    return {{"id", id}, {"space", std::move(space)}, {"objectives", std::move(goals)}, {"constraints", file_.constraints}};
  }

  /// The value of an axis, or a sentence.
  std::string value_on(const Axis& axis, const Json& given) const {
    if (given.is_structured() || given.is_null()) throw Refused{fmt::format("{} is neither a number nor a text", axis.name)};
    std::string text = text_of(given);
    const double number = number_of(text);
    if (axis.axis.is_range()) {
      if (!axis.axis.unit.empty() && text.find(' ') == std::string::npos) text += " " + axis.axis.unit;
      if (!(number >= axis.axis.from && number <= axis.axis.to) || (axis.axis.whole && number != std::floor(number)))
        throw Refused{fmt::format("{} = {} is not {} from {} to {}", axis.name, printable(text, 60),
                                  axis.axis.whole ? "a whole number" : "a number", shortest_double(axis.axis.from),
                                  shortest_double(axis.axis.to))};
      return text;
    }
    for (const std::string& value : axis.values)
      if (value == text || (given.is_number() && number_of(value) == number)) return value;
    throw Refused{fmt::format("{} = {} is not in the space: {}", axis.name, printable(text, 60), join_names(axis.values))};
  }

  Json evaluated(const Json& id, const Json& request) {
    if (!request.contains("params") || !request.at("params").is_object()) throw Refused{"the request has no params: {name: value}"};
    const Json& params = request.at("params");
    sweep::Setting setting;
    std::vector<std::string> names;
    for (const Axis& axis : file_.space) {
      names.push_back(axis.name);
      const auto given = params.contains(axis.name) ? params.find(axis.name) : params.find(axis.key);
      if (given == params.end()) throw Refused{fmt::format("params lack {}", axis.name)};
      setting.emplace_back(axis.key, value_on(axis, *given));
    }
    for (const auto& [name, value] : params.items())
      if (std::none_of(file_.space.begin(), file_.space.end(), [n = &name](const Axis& a) { return a.name == *n || a.key == *n; })) {
        const std::string near = did_you_mean(name, names);
        throw Refused{fmt::format("{} is not in the space{}", quote(name), near.empty() ? "" : "; " + near)};
      }
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      if (!constraints_.allow(setting)) throw Refused{"the point breaks the constraints"};
    }
    const sweep::PointResult result = evaluator_.evaluate_one(setting);
    if (!result.is_ok()) throw Refused{result.status + (result.reason.empty() ? "" : ": " + result.reason)};
    Json values = Json::object();
    const auto metric = [&](const std::string& name) { return sweep::metric_of(result.report, name); };
    for (const std::string& name : evaluator_.plan().metrics) {
      const auto value = metric(name);
      values[name] = value ? Json(*value) : Json(nullptr);
    }
    Json reply{{"id", id}, {"values", std::move(values)}};
    const std::lock_guard<std::mutex> guard(mutex_);
    if (const auto broken = constraints_.broken(setting, metric)) reply["broken"] = *broken;
    return reply;
  }

  void fail(const Json& id, const std::string& why) {
    all_ok_ = false;
    answer({{"id", id}, {"error", printable(why.substr(0, why.find_last_not_of('\n') + 1), 2000)}});
  }

  void answer(const Json& reply) {
    const std::string text = to_json_line(reply) + "\n";
    const std::lock_guard<std::mutex> guard(out_mutex_);
    for (std::size_t sent = 0; sent < text.size();) {
      const ssize_t n = write(out_, text.data() + sent, text.size() - sent);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) {  // nobody listens any more
        is_deaf_ = true;
        return;
      }
      sent += static_cast<std::size_t>(n);
    }
  }

  const SearchFile& file_;
  const SearchOptions& options_;
  int in_, out_;
  sweep::Constraints constraints_;
  PointEvaluator evaluator_;
  std::mutex mutex_, out_mutex_;
  std::condition_variable more_;
  std::deque<std::string> lines_;
  bool is_over_ = false;
  std::atomic<bool> all_ok_{true}, is_deaf_{false};
};

}  // namespace

bool serve(const SearchFile& file, const SearchOptions& options, int in, int out) {
  if (!file.command.words.empty()) throw InputError(file.file + ": evaluator: a search with an evaluator of its own has nothing to serve");
  if (file.layer_axis()) throw InputError(file.file + ": space: a search over layers has no points to serve");
  return Server(file, options, in, out).run();
}

}  // namespace snnvp::search
