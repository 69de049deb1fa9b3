#include "outbox_relay/sink/producer.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "outbox_relay/base/parse_number.h"
#include "platform/log/log.h"
#include "platform/types/status_macros.h"
#include "platform/types/strings.h"

namespace waybill::outbox_relay {
namespace {

using Conf = std::unique_ptr<rd_kafka_conf_t, decltype(&rd_kafka_conf_destroy)>;

absl::Status Set(rd_kafka_conf_t* conf, const std::string& name, const std::string& value) {
  char error[512];
  if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error, sizeof error) ==
      RD_KAFKA_CONF_OK) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(StrCat("kafka.properties: ", name, ": ", error));
}

// Latency first, and never a lost or overtaken record. A topic that vanishes is waited for as long
// as any other trouble: the relay decides when to park.
const std::map<std::string, std::string>& Defaults() {
  static const auto* defaults = new std::map<std::string, std::string>{
      {"client.id", "outbox_relay"},
      {"linger.ms", "0"},
      {"batch.num.messages", "1000"},
      {"batch.size", "500000"},
      {"socket.nagle.disable", "true"},
      {"socket.timeout.ms", "10000"},
      {"partitioner", "murmur2_random"},
      {"topic.metadata.propagation.max.ms", "10000"},
      {"topic.metadata.refresh.fast.interval.ms", "250"},
      // How soon another cluster, or another number of partitions, is noticed while there is nothing
      // to publish.
      {"topic.metadata.refresh.interval.ms", "10000"},
      {"reconnect.backoff.ms", "50"},
      {"reconnect.backoff.max.ms", "2000"},
      {"retry.backoff.ms", "50"},
      {"queue.buffering.max.kbytes", "2097151"},
      {"queue.buffering.max.messages", "0"},
      {"statistics.interval.ms", "0"},
  };
  return *defaults;
}

// What the relay's promises rest on; the configuration can't change these.
const std::map<std::string, std::string>& Fixed() {
  static const auto* fixed = new std::map<std::string, std::string>{
      {"enable.idempotence", "true"},
      {"enable.gapless.guarantee", "true"},
      {"acks", "all"},
      {"message.timeout.ms", "0"},
  };
  return *fixed;
}

void LogLibrary(const rd_kafka_t*, int level, const char* facility, const char* message) {
  if (level <= 3) {
    log::Warn("librdkafka reports an error", {{"facility", facility}, {"detail", message}});
  } else {
    log::Debug("librdkafka reports", {{"facility", facility}, {"detail", message}});
  }
}

absl::StatusOr<Conf> MakeConf(const KafkaConfig& config,
                              const std::map<std::string, std::string>& overrides) {
  Conf conf(rd_kafka_conf_new(), rd_kafka_conf_destroy);
  std::map<std::string, std::string> values = Defaults();
  values["bootstrap.servers"] = config.brokers;
  for (const auto& [name, value] : config.properties.Get()) {
    if (Fixed().contains(name)) {
      return absl::InvalidArgumentError(StrCat(
          "kafka.properties: ", name, ": can't be changed, the relay's promises rest on it"));
    }
    values[name] = value;
  }
  for (const auto& [name, value] : overrides) values[name] = value;
  for (const auto& [name, value] : Fixed()) values[name] = value;
  for (const auto& [name, value] : values) {
    RETURN_IF_ERROR(Set(conf.get(), name, value));
  }
  rd_kafka_conf_set_events(conf.get(), RD_KAFKA_EVENT_DR | RD_KAFKA_EVENT_ERROR);
  rd_kafka_conf_set_log_cb(conf.get(), LogLibrary);
  return conf;
}

std::size_t NumberOf(const rd_kafka_conf_t* conf, const char* name) {
  char text[32];
  std::size_t size = sizeof text;
  std::size_t value = 0;
  if (rd_kafka_conf_get(conf, name, text, &size) == RD_KAFKA_CONF_OK && ParseNumber(text, &value)) {
    return value;
  }
  return 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Producer>> Producer::Create(
    const KafkaConfig& config, const std::map<std::string, std::string>& overrides) {
  // Read before the properties are: what changes meanwhile is applied twice rather than not at all.
  const int version = config.properties.version();
  ASSIGN_OR_RETURN(Conf conf, MakeConf(config, overrides));
  const std::size_t max_record_bytes = NumberOf(conf.get(), "message.max.bytes");
  const int event_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (event_fd < 0) {
    return absl::ResourceExhaustedError("the process has no file descriptor left for an eventfd");
  }
  char error[512];
  rd_kafka_t* client = rd_kafka_new(RD_KAFKA_PRODUCER, conf.get(), error, sizeof error);
  if (client == nullptr) {
    close(event_fd);
    return absl::InvalidArgumentError(StrCat("kafka.properties: ", error));
  }
  (void)conf.release();
  std::unique_ptr<Producer> producer(new Producer(client, event_fd, config.properties, version));
  producer->max_record_bytes_ = max_record_bytes;
  return producer;
}

Producer::Producer(rd_kafka_t* client, int event_fd,
                   Live<std::map<std::string, std::string>> properties, int version)
    : client_(client),
      queue_(rd_kafka_queue_get_main(client)),
      event_fd_(event_fd),
      properties_(std::move(properties)),
      properties_version_(version) {
  static constexpr std::uint64_t kOne = 1;
  rd_kafka_queue_io_event_enable(queue_, event_fd_, &kOne, sizeof kOne);
}

Producer::~Producer() {
  Purge();
  for (const auto& [name, topic] : topics_) rd_kafka_topic_destroy(topic);
  rd_kafka_queue_io_event_enable(queue_, -1, nullptr, 0);
  rd_kafka_queue_destroy(queue_);
  rd_kafka_destroy(client_);
  close(event_fd_);
}

void Producer::Purge() {
  rd_kafka_purge(
      client_, RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT | RD_KAFKA_PURGE_F_NON_BLOCKING);
}

rd_kafka_resp_err_t Producer::Produce(rd_kafka_topic_t* topic, const Record& record,
                                      std::uint64_t number) {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(record.headers.size());
  for (const Header& header : record.headers) {
    rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value.data(), static_cast<ssize_t>(header.value.size()));
  }
  // librdkafka takes an empty, non-null key or value for what it is and a null one for none.
  const void* key = record.key.empty() ? nullptr : record.key.data();
  void* value = record.has_value ? const_cast<char*>(record.value.data() ? record.value.data() : "")
                                 : nullptr;
// librdkafka's macros are statement expressions for clang.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wpedantic"
  // NOLINTBEGIN(performance-no-int-to-ptr)
  const rd_kafka_resp_err_t error =
      rd_kafka_producev(client_, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                        RD_KAFKA_V_KEY(key, record.key.size()),
                        RD_KAFKA_V_VALUE(value, record.value.size()), RD_KAFKA_V_HEADERS(headers),
                        RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(number)), RD_KAFKA_V_END);
  // NOLINTEND(performance-no-int-to-ptr)
#pragma GCC diagnostic pop
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(headers);
  return error;
}

void Producer::FollowLogin() {
  const int version = properties_.version();
  if (std::exchange(properties_version_, version) == version) return;
  const std::map<std::string, std::string> properties = properties_.Get();
  const auto user = properties.find("sasl.username");
  const auto password = properties.find("sasl.password");
  if (user == properties.end() || password == properties.end()) return;
  rd_kafka_error_t* error =
      rd_kafka_sasl_set_credentials(client_, user->second.c_str(), password->second.c_str());
  if (error == nullptr) return;
  NoteTrouble(rd_kafka_error_code(error), rd_kafka_error_string(error));
  rd_kafka_error_destroy(error);
}

void Producer::Poll(const Done& done) {
  FollowLogin();
  std::uint64_t wakeups;
  if (read(event_fd_, &wakeups, sizeof wakeups) < 0) wakeups = 0;
  while (rd_kafka_event_t* event = rd_kafka_queue_poll(queue_, 0)) {
    HandleEvent(event, done);
    rd_kafka_event_destroy(event);
  }
}

void Producer::HandleEvent(rd_kafka_event_t* event, const Done& done) {
  switch (rd_kafka_event_type(event)) {
    case RD_KAFKA_EVENT_DR:
      while (const rd_kafka_message_t* message = rd_kafka_event_message_next(event)) {
        done(reinterpret_cast<std::uint64_t>(message->_private), *message);
      }
      break;
    case RD_KAFKA_EVENT_ERROR: {
      ++errors_;
      char reason[512];
      const rd_kafka_resp_err_t error = rd_kafka_fatal_error(client_, reason, sizeof reason);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        fatal_ = absl::InternalError(
            StrCat("the Kafka producer can't go on: ", rd_kafka_err2name(error), ": ", reason));
      } else {
        NoteTrouble(rd_kafka_event_error(event), rd_kafka_event_error_string(event));
      }
      break;
    }
    default:
      break;
  }
}

void Producer::NoteTrouble(rd_kafka_resp_err_t error, const char* detail) {
  log::Warn("the Kafka producer met an error",
            {{"error", rd_kafka_err2name(error)}, {"detail", detail}});
  // That all are down says less than why the last of them is.
  if (error != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) trouble_ = detail;
}

rd_kafka_topic_t* Producer::Topic(const std::string& name) {
  rd_kafka_topic_t*& topic = topics_[name];
  if (topic == nullptr) topic = rd_kafka_topic_new(client_, name.c_str(), nullptr);
  return topic;
}

std::string Producer::cluster_id() const {
  char* id = rd_kafka_clusterid(client_, 0);
  if (id == nullptr) return "";
  std::string copy = id;
  rd_kafka_mem_free(client_, id);
  return copy;
}

absl::Status Producer::Reach(absl::Duration timeout) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(
      client_, 0, nullptr, &metadata, static_cast<int>(absl::ToInt64Milliseconds(timeout)));
  if (metadata != nullptr) rd_kafka_metadata_destroy(metadata);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return absl::OkStatus();
  return absl::UnavailableError(StrCat("Kafka can't be reached: ", rd_kafka_err2str(error)));
}

absl::StatusOr<TopicState> Producer::Inspect(const std::string& name, absl::Duration timeout) {
  // A handle of its own: librdkafka keeps asking about unknown topics for as long as it has one.
  using Handle = std::unique_ptr<rd_kafka_topic_t, decltype(&rd_kafka_topic_destroy)>;
  Handle topic(rd_kafka_topic_new(client_, name.c_str(), nullptr), rd_kafka_topic_destroy);
  if (topic == nullptr) return TopicState{TopicState::Kind::kUnknown};
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(
      client_, 0, topic.get(), &metadata, static_cast<int>(absl::ToInt64Milliseconds(timeout)));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR || metadata->topic_cnt != 1) {
    if (metadata != nullptr) rd_kafka_metadata_destroy(metadata);
    return absl::UnavailableError(
        StrCat("Kafka gives no metadata of topic ", name, ": ", rd_kafka_err2str(error)));
  }
  const rd_kafka_resp_err_t topic_error = metadata->topics[0].err;
  rd_kafka_metadata_destroy(metadata);
  switch (topic_error) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
      return TopicState{TopicState::Kind::kKnown};
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      return TopicState{TopicState::Kind::kNotAuthorised};
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION:
      return TopicState{TopicState::Kind::kUnknown};
    default:
      return absl::UnavailableError(
          StrCat("Kafka can't serve topic ", name, ": ", rd_kafka_err2str(topic_error)));
  }
}

absl::StatusOr<absl::flat_hash_set<std::string>> Producer::ListTopics(absl::Duration timeout) {
  const rd_kafka_metadata_t* metadata = nullptr;
  const rd_kafka_resp_err_t error = rd_kafka_metadata(
      client_, 1, nullptr, &metadata, static_cast<int>(absl::ToInt64Milliseconds(timeout)));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return absl::UnavailableError(StrCat("Kafka doesn't list topics: ", rd_kafka_err2str(error)));
  }
  absl::flat_hash_set<std::string> names;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const rd_kafka_metadata_topic_t& topic = metadata->topics[i];
    if (topic.err == RD_KAFKA_RESP_ERR_NO_ERROR ||
        topic.err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE) {
      names.emplace(topic.topic);
    }
  }
  rd_kafka_metadata_destroy(metadata);
  return names;
}

absl::StatusOr<std::size_t> Producer::MaxMessageBytes(const std::string& name,
                                                      absl::Duration timeout) {
  using Resource =
      std::unique_ptr<rd_kafka_ConfigResource_t, decltype(&rd_kafka_ConfigResource_destroy)>;
  using Options =
      std::unique_ptr<rd_kafka_AdminOptions_t, decltype(&rd_kafka_AdminOptions_destroy)>;
  using Queue = std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)>;
  using Event = std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)>;
  const int timeout_ms = static_cast<int>(absl::ToInt64Milliseconds(timeout));
  Resource resource(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()),
                    rd_kafka_ConfigResource_destroy);
  Options options(rd_kafka_AdminOptions_new(client_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS),
                  rd_kafka_AdminOptions_destroy);
  char error[128];
  rd_kafka_AdminOptions_set_request_timeout(options.get(), timeout_ms, error, sizeof error);
  Queue queue(rd_kafka_queue_new(client_), rd_kafka_queue_destroy);
  rd_kafka_ConfigResource_t* resources[] = {resource.get()};
  rd_kafka_DescribeConfigs(client_, resources, 1, options.get(), queue.get());
  Event event(rd_kafka_queue_poll(queue.get(), timeout_ms), rd_kafka_event_destroy);
  const rd_kafka_DescribeConfigs_result_t* result =
      event ? rd_kafka_event_DescribeConfigs_result(event.get()) : nullptr;
  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** described =
      result ? rd_kafka_DescribeConfigs_result_resources(result, &count) : nullptr;
  if (count != 1) return absl::NotFoundError(StrCat("Kafka doesn't describe topic ", name));
  std::size_t entries = 0;
  const rd_kafka_ConfigEntry_t** entry = rd_kafka_ConfigResource_configs(described[0], &entries);
  for (std::size_t i = 0; i < entries; ++i) {
    std::size_t bytes = 0;
    if (std::string_view(rd_kafka_ConfigEntry_name(entry[i])) == "max.message.bytes" &&
        ParseNumber(rd_kafka_ConfigEntry_value(entry[i]), &bytes)) {
      return bytes;
    }
  }
  return absl::NotFoundError(StrCat("Kafka reports no max.message.bytes for topic ", name));
}

}  // namespace waybill::outbox_relay
