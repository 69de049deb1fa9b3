// Reads one TOML file and reports every mistake in it as a sentence.
//
//   auto reader = ConfigReader::Load(path);            // not there, or not TOML: says where
//   config.listen = reader->String("grpc.listen", "127.0.0.1:7101");
//   config.pool_size = reader->Int("postgres.pool_size", 8, {1, 200});
//   if (absl::Status status = reader->Finish(); !status.ok()) ...
//
// Every getter that meets a wrong value records it and returns the default; Finish reports all of
// them at once, together with every key in the file that no getter has read.
//
// Not thread-safe. Errors are kInvalidArgument (kNotFound for a missing file), with one line per
// mistake:
//   order_svc.toml: postgres.pool_size: 0 is outside 1..200
//   order_svc.toml: grpc.lisen: unknown key
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace waybill {

// Both ends are inside.
struct IntRange {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

struct DurationRange {
  absl::Duration min = absl::ZeroDuration();
  absl::Duration max = absl::Hours(24 * 366);
};

class ConfigReader {
 public:
  static absl::StatusOr<ConfigReader> Load(const std::string& path);
  // `name` stands for the file in messages.
  static absl::StatusOr<ConfigReader> Parse(std::string_view toml, std::string_view name);

  ConfigReader(ConfigReader&&) noexcept;
  ConfigReader& operator=(ConfigReader&&) noexcept;
  ~ConfigReader();

  // A key is a dotted path: "postgres.pool_size". Without a default the key must be there.
  std::string String(std::string_view key, std::optional<std::string> fallback = std::nullopt);
  std::int64_t Int(std::string_view key, std::optional<std::int64_t> fallback, IntRange range);
  bool Bool(std::string_view key, bool fallback);
  // A number with its unit: "250ms", "30s", "5m", "168h".
  absl::Duration Duration(std::string_view key, std::optional<absl::Duration> fallback,
                          DurationRange range);
  // The entries of a table, as text; numbers and booleans as written. Empty when the table is
  // missing.
  std::map<std::string, std::string> Strings(std::string_view key);
  // A string, or an array of strings; the fallback when the key is missing.
  std::vector<std::string> StringList(std::string_view key, std::vector<std::string> fallback);
  // A secret: the content of the file that `key` names, without its last line break; or, when the
  // key is missing, the environment variable `variable`; or "".
  std::string SecretFromFile(std::string_view key, const char* variable);
  // The entries of a table whose values are names of files: the secrets in them, as above.
  std::map<std::string, std::string> SecretsFromFiles(std::string_view key);
  // The tables of an array of tables ([[source]]), as readers of their own. This reader's Finish
  // calls theirs.
  std::vector<ConfigReader*> Tables(std::string_view key);

  // Records a mistake that a getter can't see, as two keys that contradict each other.
  void AddError(std::string_view key, std::string_view message);
  // OK, or every mistake found.
  absl::Status Finish();

  // A SHA-256 of the file and of all secrets that were read: another one means that something has changed.
  std::string Digest() const;

 private:
  struct Impl;
  explicit ConfigReader(std::unique_ptr<Impl> impl);
  void CollectErrors(std::vector<std::string>& errors);
  void CollectContent(std::string& content) const;

  std::unique_ptr<Impl> impl_;
};

}  // namespace waybill
