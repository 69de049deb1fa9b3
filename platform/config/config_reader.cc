#include "platform/config/config_reader.h"

#include <cstdlib>
#include <filesystem>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include <toml++/toml.h>
#include "platform/types/read_file.h"
#include "platform/types/sha256.h"
#include "platform/types/strings.h"

namespace waybill {

struct ConfigReader::Impl {
  std::string name;
  // The file and the secrets.
  std::string content;
  toml::table table;
  std::set<std::string, std::less<>> known;
  std::vector<std::string> errors;
  std::map<std::string, std::vector<std::unique_ptr<ConfigReader>>> tables;

  toml::node_view<toml::node> Find(std::string_view key) {
    known.insert(std::string(key));
    return table.at_path(key);
  }

  void Error(std::string_view key, std::string_view message) {
    errors.push_back(StrCat(name, ": ", key, ": ", message));
  }

  std::string ReadSecret(std::string_view key, const std::string& path) {
    const absl::StatusOr<std::string> secret = ReadFile(path);
    if (!secret.ok()) Error(key, StrCat("can't read ", path));
    if (secret.ok() && secret->empty()) Error(key, StrCat(path, " is empty"));
    StrAppend(&content, key, "\n", secret.value_or(""), "\n");
    return std::string(absl::StripSuffix(absl::StripSuffix(secret.value_or(""), "\n"), "\r"));
  }

  void FindUnknown(const toml::table& level, const std::string& prefix) {
    for (const auto& [key, value] : level) {
      const std::string path = StrCat(prefix, std::string_view(key.str()));
      if (known.contains(path)) continue;
      if (const toml::table* inner = value.as_table()) {
        FindUnknown(*inner, path + ".");
      } else {
        Error(path, "unknown key");
      }
    }
  }
};

ConfigReader::ConfigReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ConfigReader::ConfigReader(ConfigReader&&) noexcept = default;
ConfigReader& ConfigReader::operator=(ConfigReader&&) noexcept = default;
ConfigReader::~ConfigReader() = default;

absl::StatusOr<ConfigReader> ConfigReader::Load(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(path, error)) {
    return absl::NotFoundError(StrCat(path, ": no such configuration file"));
  }
  const absl::StatusOr<std::string> content = ReadFile(path);
  if (!content.ok()) return absl::NotFoundError(StrCat(path, ": can't be read"));
  return Parse(*content, path);
}

absl::StatusOr<ConfigReader> ConfigReader::Parse(std::string_view toml, std::string_view name) {
  auto impl = std::make_unique<Impl>();
  impl->name = std::string(name);
  impl->content = std::string(toml);
  try {
    impl->table = toml::parse(toml, name);
  } catch (const toml::parse_error& error) {
    return absl::InvalidArgumentError(StrCat(name, ": line ", error.source().begin.line, ": ",
                                             std::string_view(error.description())));
  }
  return ConfigReader(std::move(impl));
}

std::string ConfigReader::String(std::string_view key, std::optional<std::string> fallback) {
  const auto node = impl_->Find(key);
  if (!node) {
    if (!fallback) impl_->Error(key, "is missing");
    return fallback.value_or("");
  }
  if (auto value = node.value_exact<std::string>()) return *value;
  impl_->Error(key, "is not a string");
  return fallback.value_or("");
}

std::int64_t ConfigReader::Int(std::string_view key, std::optional<std::int64_t> fallback,
                               IntRange range) {
  const auto node = impl_->Find(key);
  const std::int64_t otherwise = fallback.value_or(range.min);
  if (!node) {
    if (!fallback) impl_->Error(key, "is missing");
    return otherwise;
  }
  const auto value = node.value_exact<std::int64_t>();
  if (!value) {
    impl_->Error(key, "is not a whole number");
    return otherwise;
  }
  if (*value < range.min || *value > range.max) {
    impl_->Error(key, StrCat(*value, " is outside ", range.min, "..", range.max));
    return otherwise;
  }
  return *value;
}

bool ConfigReader::Bool(std::string_view key, bool fallback) {
  const auto node = impl_->Find(key);
  if (!node) return fallback;
  if (auto value = node.value_exact<bool>()) return *value;
  impl_->Error(key, "is not true or false");
  return fallback;
}

absl::Duration ConfigReader::Duration(std::string_view key, std::optional<absl::Duration> fallback,
                                      DurationRange range) {
  const auto node = impl_->Find(key);
  const absl::Duration otherwise = fallback.value_or(range.min);
  if (!node) {
    if (!fallback) impl_->Error(key, "is missing");
    return otherwise;
  }
  const auto text = node.value_exact<std::string>();
  absl::Duration value;
  if (!text || !absl::ParseDuration(*text, &value)) {
    impl_->Error(key, "is not a duration like \"250ms\", \"30s\", \"5m\" or \"168h\"");
    return otherwise;
  }
  if (value < range.min || value > range.max) {
    impl_->Error(
        key, StrCat(absl::FormatDuration(value), " is outside ", absl::FormatDuration(range.min),
                    "..", absl::FormatDuration(range.max)));
    return otherwise;
  }
  return value;
}

std::map<std::string, std::string> ConfigReader::Strings(std::string_view key) {
  std::map<std::string, std::string> strings;
  const auto node = impl_->Find(key);
  if (!node) return strings;
  const toml::table* table = node.as_table();
  if (table == nullptr) {
    impl_->Error(key, "is not a table");
    return strings;
  }
  for (const auto& [name, value] : *table) {
    if (auto text = value.value_exact<std::string>()) {
      strings[std::string(name.str())] = *text;
    } else if (auto number = value.value_exact<std::int64_t>()) {
      strings[std::string(name.str())] = StrCat(*number);
    } else if (auto flag = value.value_exact<bool>()) {
      strings[std::string(name.str())] = *flag ? "true" : "false";
    } else {
      impl_->Error(StrCat(key, ".", std::string_view(name.str())),
                   "is neither a string, a whole number nor a boolean");
    }
  }
  return strings;
}

std::vector<std::string> ConfigReader::StringList(std::string_view key,
                                                  std::vector<std::string> fallback) {
  const auto node = impl_->Find(key);
  if (!node) return fallback;
  if (auto one = node.value_exact<std::string>()) return {*one};
  const toml::array* array = node.as_array();
  if (array == nullptr || !(array->empty() || array->is_homogeneous(toml::node_type::string))) {
    impl_->Error(key, "is neither a string nor an array of strings");
    return fallback;
  }
  std::vector<std::string> list;
  for (const toml::node& value : *array) list.push_back(*value.value_exact<std::string>());
  return list;
}

std::string ConfigReader::SecretFromFile(std::string_view key, const char* variable) {
  const std::string path = String(key, "");
  if (path.empty()) {
    const char* value = std::getenv(variable);
    return value == nullptr ? "" : value;
  }
  return impl_->ReadSecret(key, path);
}

std::map<std::string, std::string> ConfigReader::SecretsFromFiles(std::string_view key) {
  std::map<std::string, std::string> secrets;
  for (const auto& [name, path] : Strings(key)) {
    secrets[name] = impl_->ReadSecret(StrCat(key, ".", name), path);
  }
  return secrets;
}

std::vector<ConfigReader*> ConfigReader::Tables(std::string_view key) {
  std::vector<ConfigReader*> readers;
  const auto node = impl_->Find(key);
  if (!node) return readers;
  toml::array* array = node.as_array();
  if (array == nullptr || !array->is_homogeneous(toml::node_type::table)) {
    impl_->Error(key, StrCat("is not an array of tables: write [[", key, "]]"));
    return readers;
  }
  auto& owned = impl_->tables[std::string(key)];
  for (std::size_t i = 0; i < array->size(); ++i) {
    auto impl = std::make_unique<Impl>();
    impl->name = StrCat(impl_->name, ": ", key, "[", i, "]");
    impl->table = *array->get(i)->as_table();
    owned.push_back(std::unique_ptr<ConfigReader>(new ConfigReader(std::move(impl))));
    readers.push_back(owned.back().get());
  }
  return readers;
}

void ConfigReader::AddError(std::string_view key, std::string_view message) {
  impl_->Error(key, message);
}

void ConfigReader::CollectErrors(std::vector<std::string>& errors) {
  impl_->FindUnknown(impl_->table, "");
  errors.insert(errors.end(), impl_->errors.begin(), impl_->errors.end());
  for (auto& [key, readers] : impl_->tables) {
    for (auto& reader : readers) reader->CollectErrors(errors);
  }
}

void ConfigReader::CollectContent(std::string& content) const {
  content += impl_->content;
  for (const auto& [key, readers] : impl_->tables) {
    for (const auto& reader : readers) reader->CollectContent(content);
  }
}

std::string ConfigReader::Digest() const {
  std::string content;
  CollectContent(content);
  return Sha256(content);
}

absl::Status ConfigReader::Finish() {
  std::vector<std::string> errors;
  CollectErrors(errors);
  if (errors.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(errors, "\n"));
}

}  // namespace waybill
