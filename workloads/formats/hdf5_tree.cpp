// SPDX-License-Identifier: Apache-2.0
#include <snnvp/workloads/formats/hdf5_tree.h>

#include <fmt/format.h>
#include <hdf5.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <snnvp/platform/base/diagnostics.h>
#include <snnvp/platform/base/text.h>
#include <snnvp/workloads/spikes/spike_tensor.h>

namespace snnvp {

namespace {

constexpr std::uint64_t max_name = 1U << 16;
constexpr std::uint64_t max_rank = 32;

/// Closes an HDF5 handle of any kind.
class Handle {
public:
  explicit Handle(hid_t id) : id_(id) {}
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() {
    if (id_ >= 0) H5Idec_ref(id_);
  }
  operator hid_t() const { return id_; }
  bool ok() const { return id_ >= 0; }

private:
  hid_t id_;
};

std::string filter_name(H5Z_filter_t id) {
  switch (id) {
    case 32000: return "lzf";
    case H5Z_FILTER_SZIP: return "szip";
    case 32001: return "blosc";
    case 32004: return "lz4";
    case 32015: return "zstd";
    default: return fmt::format("filter {}", static_cast<int>(id));
  }
}

herr_t collect_link(hid_t, const char* name, const H5L_info_t*, void* names) {
  auto& list = *static_cast<std::vector<std::string>*>(names);
  if (list.size() >= (1U << 18)) return 1;
  list.emplace_back(name);
  return 0;
}

herr_t collect_attribute(hid_t, const char* name, const H5A_info_t*, void* names) {
  auto& list = *static_cast<std::vector<std::string>*>(names);
  if (list.size() >= (1U << 12)) return 1;
  list.emplace_back(name);
  return 0;
}

/// The child's part: walks the file and sends one record per item. Counts stand before what they count.
class Hdf5Sender {
public:
  Hdf5Sender(const Hdf5Limits& limits, GuardSink& sink) : limits_(limits), sink_(sink) {}

  void send(const std::string& file) {
    H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
    H5PLset_loading_state(0);                     // no code from wherever HDF5_PLUGIN_PATH points
    setenv("HDF5_USE_FILE_LOCKING", "FALSE", 1);  // read-only folders and network file systems
    const bool is_hdf5 = H5Fis_hdf5(file.c_str()) > 0;
    const Handle opened(is_hdf5 ? H5Fopen(file.c_str(), H5F_ACC_RDONLY, H5P_DEFAULT) : -1);
    const Handle root(opened.ok() ? H5Gopen2(opened, "/", H5P_DEFAULT) : -1);
    sink_.number<std::uint8_t>(!is_hdf5 ? 1 : !root.ok() ? 2 : 0);
    if (root.ok()) group(root, "", 0);
  }

private:
  void head(Hdf5Item::Kind kind, const std::string& name, const std::string& problem = {}) {
    sink_.number(kind);
    sink_.text(name.substr(0, max_name));
    sink_.text(problem);
  }
  void unread(const std::string& name, const std::string& problem) { head(Hdf5Item::Kind::unread, name, problem); }

  bool count_item() { return ++items_ <= limits_.items; }

  void group(hid_t id, const std::string& name, unsigned depth) {
    H5O_info_t info;
    if (H5Oget_info(id, &info) < 0) return unread(name, "the library cannot tell what it is");
    if (std::find(path_.begin(), path_.end(), info.addr) != path_.end()) return unread(name, "a group that contains itself");
    if (depth > limits_.depth) return unread(name, fmt::format("nested deeper than {} groups", limits_.depth));
    path_.push_back(info.addr);
    head(Hdf5Item::Kind::group, name);
    attributes(id);
    std::vector<std::string> names;
    hsize_t at = 0;
    H5Literate(id, H5_INDEX_NAME, H5_ITER_INC, &at, collect_link, &names);
    if (items_ + names.size() > limits_.items) names.clear();
    sink_.number(static_cast<std::uint64_t>(names.size()));
    for (const std::string& child : names) link(id, child, depth + 1);
    path_.pop_back();
  }

  void link(hid_t parent, const std::string& name, unsigned depth) {
    if (!count_item()) return unread(name, fmt::format("the file has more than {} objects", limits_.items));
    H5L_info_t info;
    if (H5Lget_info(parent, name.c_str(), &info, H5P_DEFAULT) < 0) return unread(name, "a damaged link");
    if (info.type == H5L_TYPE_SOFT) return unread(name, "a soft link; links are not followed");
    if (info.type != H5L_TYPE_HARD) return unread(name, "a link to another file; such links are not followed");
    const Handle object(H5Oopen(parent, name.c_str(), H5P_DEFAULT));
    if (!object.ok()) return unread(name, "damaged: the HDF5 library cannot open it");
    switch (H5Iget_type(object)) {
      case H5I_GROUP: return group(object, name, depth);
      case H5I_DATASET: return dataset(object, name);
      default: return unread(name, "neither a group nor a dataset");
    }
  }

  void attributes(hid_t object) {
    std::vector<std::string> names;
    hsize_t at = 0;
    H5Aiterate2(object, H5_INDEX_NAME, H5_ITER_INC, &at, collect_attribute, &names);
    sink_.number(static_cast<std::uint64_t>(names.size()));
    for (const std::string& name : names) {
      if (!count_item()) {
        unread(name, "too many objects");
        continue;
      }
      const Handle id(H5Aopen(object, name.c_str(), H5P_DEFAULT));
      const Handle space(id.ok() ? H5Aget_space(id) : -1), type(id.ok() ? H5Aget_type(id) : -1);
      if (!space.ok() || !type.ok())
        unread(name, "a damaged attribute");
      else
        content(name, space, type, -1, [&](hid_t memory, void* to) { return H5Aread(id, memory, to); });
    }
  }

  void dataset(hid_t id, const std::string& name) {
    const Handle space(H5Dget_space(id)), type(H5Dget_type(id)), plist(H5Dget_create_plist(id));
    if (!space.ok() || !type.ok() || !plist.ok()) return unread(name, "a damaged dataset");
    if (H5Pget_external_count(plist) > 0 || H5Pget_layout(plist) == H5D_VIRTUAL)
      return unread(name, "its data stand in another file, which is not read");
    const int filters = H5Pget_nfilters(plist);
    for (int i = 0; i < filters; ++i) {
      unsigned flags = 0, config = 0;
      std::size_t values = 0;
      const H5Z_filter_t filter = H5Pget_filter2(plist, static_cast<unsigned>(i), &flags, &values, nullptr, 0, nullptr, &config);
      if (filter < 0) return unread(name, "a damaged dataset");
      if (H5Zfilter_avail(filter) <= 0)
        return unread(
            name, fmt::format("compressed with {}, which the HDF5 library cannot read here; re-save it with gzip", filter_name(filter)));
    }
    content(name, space, type, id, [&](hid_t memory, void* to) { return H5Dread(id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, to); });
  }

  /// A dataset, or an attribute if `object` is -1; `read` fetches all values as a given type.
  template <typename Read>
  void content(const std::string& name, hid_t space, hid_t type, hid_t object, Read read) {
    const int rank = H5Sget_simple_extent_ndims(space);
    if (rank < 0 || rank > static_cast<int>(max_rank)) return unread(name, "damaged dimensions");
    std::vector<hsize_t> shape(static_cast<std::size_t>(rank));
    if (rank > 0 && H5Sget_simple_extent_dims(space, shape.data(), nullptr) < 0) return unread(name, "damaged dimensions");
    std::uint64_t count = H5Sget_simple_extent_type(space) == H5S_NULL ? 0 : 1;
    for (const hsize_t size : shape) {
      if (size != 0 && count > limits_.values / size)
        return unread(
            name, fmt::format("has {} values, more than the {} that are read", shape_text({shape.begin(), shape.end()}), limits_.values));
      count *= size;
    }
    const H5T_class_t kind = H5Tget_class(type);
    const bool numeric = kind == H5T_INTEGER || kind == H5T_FLOAT || kind == H5T_ENUM;
    if (!numeric && kind != H5T_STRING) return unread(name, "neither numbers nor text");
    if (numeric) {
      if (values_ + count > limits_.values) return unread(name, fmt::format("the file has more than {} values", limits_.values));
      values_ += count;
      std::vector<double> numbers(count);
      if (count != 0 && read(H5T_NATIVE_DOUBLE, numbers.data()) < 0)
        return unread(name, "damaged: the HDF5 library cannot read its values");
      record(Hdf5Item::Kind::numbers, name, shape, object);
      sink_.number(count);
      sink_.write(numbers.data(), count * sizeof(double));
      return;
    }
    std::vector<std::string> strings;
    if (!(H5Tis_variable_str(type) > 0 ? variable_strings(space, type, count, read, strings) : fixed_strings(type, count, read, strings)))
      return unread(name, "damaged or too long text");
    record(Hdf5Item::Kind::strings, name, shape, object);
    sink_.number(count);
    for (const std::string& text : strings) sink_.text(text);
  }

  void record(Hdf5Item::Kind kind, const std::string& name, const std::vector<hsize_t>& shape, hid_t object) {
    head(kind, name);
    sink_.number(static_cast<std::uint64_t>(shape.size()));
    for (const hsize_t size : shape) sink_.number(static_cast<std::uint64_t>(size));
    if (object >= 0)
      attributes(object);
    else
      sink_.number(std::uint64_t{0});
  }

  bool take_text(std::uint64_t bytes) {
    if (bytes > limits_.text_bytes || text_bytes_ + bytes > limits_.text_bytes) return false;
    text_bytes_ += bytes;
    return true;
  }

  template <typename Read>
  bool variable_strings(hid_t space, hid_t type, std::uint64_t count, Read read, std::vector<std::string>& strings) {
    if (!take_text(count * sizeof(char*))) return false;
    const Handle memory(H5Tcopy(H5T_C_S1));
    H5Tset_size(memory, H5T_VARIABLE);
    H5Tset_cset(memory, H5Tget_cset(type));
    std::vector<char*> pointers(count, nullptr);
    if (count != 0 && read(memory, pointers.data()) < 0) return false;
    bool fits = true;
    for (const char* text : pointers) {
      fits = fits && take_text(text == nullptr ? 0 : std::strlen(text));
      strings.emplace_back(fits && text != nullptr ? text : "");
    }
    if (count != 0) H5Dvlen_reclaim(memory, space, H5P_DEFAULT, pointers.data());
    return fits;
  }

  template <typename Read>
  bool fixed_strings(hid_t type, std::uint64_t count, Read read, std::vector<std::string>& strings) {
    const std::uint64_t size = H5Tget_size(type);
    if (size == 0 || size > limits_.text_bytes || (count != 0 && count > limits_.text_bytes / size) || !take_text(size * count))
      return false;
    std::string bytes(size * count, '\0');
    if (count != 0 && read(type, bytes.data()) < 0) return false;
    const bool padded = H5Tget_strpad(type) == H5T_STR_SPACEPAD;
    for (std::uint64_t i = 0; i < count; ++i) {
      std::string text = bytes.substr(i * size, size);
      if (const std::size_t end = text.find('\0'); end != std::string::npos) text.resize(end);
      if (padded) text.resize(text.find_last_not_of(' ') + 1);
      strings.push_back(std::move(text));
    }
    return true;
  }

  const Hdf5Limits& limits_;
  GuardSink& sink_;
  std::vector<haddr_t> path_;
  std::uint64_t items_ = 0, values_ = 0, text_bytes_ = 0;
};

/// The parent's part. The child may have been damaged by what it read, so nothing it says is trusted.
class Hdf5Receiver {
public:
  Hdf5Receiver(const Hdf5Limits& limits, GuardPipe& pipe) : limits_(limits), pipe_(pipe) {}

  Hdf5Item item(unsigned depth) {
    if (depth > limits_.depth + 4 || ++items_ > limits_.items + 2) nonsense();
    Hdf5Item result;
    const auto kind = pipe_.number<std::uint8_t>();
    if (kind > static_cast<std::uint8_t>(Hdf5Item::Kind::unread)) nonsense();
    result.kind = static_cast<Hdf5Item::Kind>(kind);
    result.name = pipe_.text(max_name);
    result.problem = pipe_.text(1024);
    if (result.kind == Hdf5Item::Kind::unread) return result;
    if (result.kind != Hdf5Item::Kind::group) {
      const auto rank = pipe_.number<std::uint64_t>();
      if (rank > max_rank) nonsense();
      for (std::uint64_t i = 0; i < rank; ++i) result.shape.push_back(pipe_.number<std::uint64_t>());
    }
    result.attributes = items(depth + 1);
    if (result.kind == Hdf5Item::Kind::group) {
      result.children = items(depth + 1);
      return result;
    }
    const auto count = pipe_.number<std::uint64_t>();
    std::uint64_t product = 1;
    for (const std::uint64_t size : result.shape) {
      if (size != 0 && product > limits_.values / size) nonsense();
      product *= size;
    }
    if (count != product && count != 0) nonsense();
    if (result.kind == Hdf5Item::Kind::numbers) {
      result.numbers.resize(count);
      pipe_.read(result.numbers.data(), count * sizeof(double));
      return result;
    }
    for (std::uint64_t i = 0; i < count; ++i) result.strings.push_back(pipe_.text(limits_.text_bytes));
    return result;
  }

private:
  [[noreturn]] static void nonsense() { throw GuardFailure("it gave nonsense"); }

  std::vector<Hdf5Item> items(unsigned depth) {
    const auto count = pipe_.number<std::uint64_t>();
    if (count > limits_.items) nonsense();
    std::vector<Hdf5Item> list;
    for (std::uint64_t i = 0; i < count; ++i) list.push_back(item(depth));
    return list;
  }

  const Hdf5Limits& limits_;
  GuardPipe& pipe_;
  std::uint64_t items_ = 0;
};

const Hdf5Item* find(const std::vector<Hdf5Item>& items, std::string_view key) {
  const auto found = std::find_if(items.begin(), items.end(), [&](const Hdf5Item& item) { return item.name == key; });
  return found == items.end() ? nullptr : &*found;
}

}  // namespace

const Hdf5Item* Hdf5Item::child(std::string_view key) const { return find(children, key); }
const Hdf5Item* Hdf5Item::attribute(std::string_view key) const { return find(attributes, key); }

Hdf5Item read_hdf5(const std::string& file, const Hdf5Limits& limits) {
  struct stat status {};
  if (stat(file.c_str(), &status) != 0) throw InputError(fmt::format("cannot read {}: {}", printable(file), std::strerror(errno)));
  if (!S_ISREG(status.st_mode)) throw InputError(fmt::format("cannot read {}: not a file", printable(file)));
  Hdf5Item root;
  std::uint8_t answer = 0;
  try {
    read_guarded(
        limits.guard, [&](GuardSink& sink) { Hdf5Sender(limits, sink).send(file); },
        [&](GuardPipe& pipe) {
          answer = pipe.number<std::uint8_t>();
          if (answer == 0) root = Hdf5Receiver(limits, pipe).item(0);
        });
  } catch (const GuardFailure& failure) {
    throw InputError(fmt::format("the HDF5 library could not read {}: {}", printable(file), failure.what()));
  }
  if (answer == 1) throw InputError(fmt::format("{}: not an HDF5 file", printable(file)));
  if (answer != 0) throw InputError(fmt::format("the HDF5 library could not read {}: truncated or damaged", printable(file)));
  return root;
}

}  // namespace snnvp
