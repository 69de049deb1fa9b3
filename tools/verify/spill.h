// Sorts more values than fit into memory: by key, one bucket at a time.
#pragma once

#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <mutex>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "platform/types/status_macros.h"
#include "platform/types/uuid.h"

namespace waybill::verify {

// Makes a temporary file below TMPDIR, or /tmp, that no other process can open and that disappears
// with this process. Errors: kInternal when it can't be made.
absl::StatusOr<std::unique_ptr<std::FILE, int (*)(std::FILE*)>> MakeSpillFile();

// Distributes values over `buckets` files by the last bytes of their keys (which are random in
// Waybill's ids). Any number of threads may write; afterwards each bucket is read back alone,
// sorted by key. Memory: a buffer of 16 KiB per bucket and writer, later one whole bucket. T is
// copied as bytes and must have `const Uuid& key() const`.
template <typename T>
class Spill {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  static absl::StatusOr<std::unique_ptr<Spill>> Make(int buckets) {
    auto spill = std::unique_ptr<Spill>(new Spill);
    for (int i = 0; i < buckets; ++i) {
      ASSIGN_OR_RETURN(auto file, MakeSpillFile());
      spill->buckets_.push_back(std::make_unique<Bucket>(std::move(file)));
    }
    return spill;
  }

  int buckets() const { return static_cast<int>(buckets_.size()); }

  // Returns the bucket that holds the values with that key.
  int BucketOf(const Uuid& key) const { return BucketOf(key, buckets_.size()); }

  // Used by one thread. Values are in the spill once their writer has been destroyed.
  class Writer {
   public:
    explicit Writer(Spill& spill) : spill_(spill), buffers_(spill.buckets_.size()) {}
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer() {
      for (std::size_t i = 0; i < buffers_.size(); ++i) Flush(i);
    }

    void Add(const T& value) {
      const std::size_t i = BucketOf(value.key(), buffers_.size());
      buffers_[i].push_back(value);
      if (buffers_[i].size() * sizeof(T) >= kBufferBytes) Flush(i);
    }

   private:
    static constexpr std::size_t kBufferBytes = 16 * 1024;

    void Flush(std::size_t i) {
      spill_.buckets_[i]->Append(buffers_[i]);
      buffers_[i].clear();
    }

    Spill& spill_;
    std::vector<std::vector<T>> buffers_;
  };

  // Returns the values of one bucket, sorted by key; may be called repeatedly. Errors: kInternal
  // when the file could not be written (is the disk full?) or read. Thread-safe once all writers
  // are destroyed.
  absl::StatusOr<std::vector<T>> Read(int bucket) {
    absl::StatusOr<std::vector<T>> values = buckets_[bucket]->ReadAll();
    if (values.ok()) {
      std::sort(values->begin(), values->end(), [](const T& a, const T& b) {
        const std::uint64_t left = HalfOf(a.key(), 0);
        const std::uint64_t right = HalfOf(b.key(), 0);
        return left != right ? left < right : HalfOf(a.key(), 8) < HalfOf(b.key(), 8);
      });
    }
    return values;
  }

 private:
  class Bucket {
   public:
    explicit Bucket(std::unique_ptr<std::FILE, int (*)(std::FILE*)> file)
        : file_(std::move(file)) {}

    void Append(const std::vector<T>& values) {
      if (values.empty()) return;
      const std::lock_guard lock(mutex_);
      failed_ = failed_ ||
                std::fwrite(values.data(), sizeof(T), values.size(), file_.get()) != values.size();
      count_ += values.size();
    }

    absl::StatusOr<std::vector<T>> ReadAll() {
      const std::lock_guard lock(mutex_);
      std::vector<T> values(count_);
      std::rewind(file_.get());
      if (failed_ || std::fread(values.data(), sizeof(T), count_, file_.get()) != count_) {
        return absl::InternalError("a temporary file can't be written or read; is TMPDIR full?");
      }
      return values;
    }

   private:
    std::mutex mutex_;
    // Guarded by mutex_.
    std::unique_ptr<std::FILE, int (*)(std::FILE*)> file_;
    std::size_t count_ = 0;
    bool failed_ = false;
  };

  Spill() = default;

  // Returns eight bytes as a number with the same order, which is faster to compare.
  static std::uint64_t HalfOf(const Uuid& key, int at) {
    static_assert(std::endian::native == std::endian::little);
    std::uint64_t half = 0;
    std::memcpy(&half, key.bytes().data() + at, sizeof(half));
    return __builtin_bswap64(half);
  }

  static int BucketOf(const Uuid& key, std::size_t buckets) {
    const auto& bytes = key.bytes();
    return static_cast<int>((bytes[14] << 8 | bytes[15]) % buckets);
  }

  std::vector<std::unique_ptr<Bucket>> buckets_;
};

}  // namespace waybill::verify
