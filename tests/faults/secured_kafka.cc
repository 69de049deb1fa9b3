#include "tests/faults/secured_kafka.h"

#include <memory>
#include <stdexcept>

#include "platform/kafka/client_config.h"
#include "tests/support/free_port.h"
#include "tests/support/process.h"
#include "tests/support/test_stack.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

constexpr char kUser[] = "relay";
constexpr char kPasswordFile[] = "password.properties";
constexpr int kTimeoutMs = 60'000;

// Makes a self-signed certificate. `folder`/broker.pem also contains the key.
std::string MakeCertificate(const TempFolder& folder) {
  const std::string key = (folder.path() / "key.pem").string();
  const std::string certificate = (folder.path() / "certificate.pem").string();
  const Finished made =
      RunToEnd({"/usr/bin/env", "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
                "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout",
                key, "-out", certificate});
  if (made.status != 0)
    throw std::runtime_error("openssl can't make a certificate: " + made.output);
  folder.Write("broker.pem", ReadFile(key) + ReadFile(certificate));
  return certificate;
}

}  // namespace

SecuredKafka::SecuredKafka()
    : certificate_(MakeCertificate(folder_)),
      secured_brokers_("127.0.0.1:" + std::to_string(FreePort())),
      kafka_(Setup()) {}

void SecuredKafka::WritePassword(const std::string& password) const {
  folder_.Write(kPasswordFile, "password=" + password + "\n");
}

void SecuredKafka::ChangePassword(const std::string& password) {
  WritePassword(password);
  kafka_.Kill();
  kafka_.Start();
}

ThrowawayKafka::Setup SecuredKafka::Setup() const {
  WritePassword(kPassword);
  const auto properties = [this](int port, int controller_port) {
    const std::string listeners =
        "PLAINTEXT://127.0.0.1:" + std::to_string(port) + ",SASL_SSL://" + secured_brokers_;
    return "listeners=" + listeners + ",CONTROLLER://127.0.0.1:" + std::to_string(controller_port) +
           "\nadvertised.listeners=" + listeners +
           "\nlistener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,"
           "SASL_SSL:SASL_SSL\n"
           "ssl.keystore.type=PEM\nssl.keystore.location=" +
           (folder_.path() / "broker.pem").string() +
           "\nlistener.name.sasl_ssl.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512\n"
           "listener.name.sasl_ssl.plain.sasl.jaas.config="
           "org.apache.kafka.common.security.plain.PlainLoginModule required user_" +
           kUser + "=\"${file:" + (folder_.path() / kPasswordFile).string() +
           ":password}\";\nlistener.name.sasl_ssl.scram-sha-512.sasl.jaas.config="
           "org.apache.kafka.common.security.scram.ScramLoginModule required;\n"
           "config.providers=file\n"
           "config.providers.file.class="
           "org.apache.kafka.common.config.provider.FileConfigProvider\n"
           "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"
           "super.users=User:ANONYMOUS\n";
  };
  return {properties, std::string("--add-scram\nSCRAM-SHA-512=[name=") + kUser +
                          ",password=" + kPassword + "]\n"};
}

void SecuredKafka::Allow(const std::string& prefix, rd_kafka_AclOperation_t operation,
                         rd_kafka_ResourceType_t of) {
  char error[256];
  absl::StatusOr<kafka::Conf> conf =
      kafka::MakeConf({.brokers = stack().brokers, .topic_prefix = "", .properties = {}}, {});
  if (!conf.ok()) throw std::runtime_error(conf.status().ToString());
  const std::unique_ptr<rd_kafka_t, decltype(&rd_kafka_destroy)> client(
      rd_kafka_new(RD_KAFKA_PRODUCER, conf->release(), error, sizeof error), rd_kafka_destroy);
  if (client == nullptr) throw std::runtime_error(error);
  const std::unique_ptr<rd_kafka_queue_t, decltype(&rd_kafka_queue_destroy)> queue(
      rd_kafka_queue_new(client.get()), rd_kafka_queue_destroy);
  const std::unique_ptr<rd_kafka_AclBinding_t, decltype(&rd_kafka_AclBinding_destroy)> binding(
      rd_kafka_AclBinding_new(of, prefix.c_str(), RD_KAFKA_RESOURCE_PATTERN_PREFIXED,
                              (std::string("User:") + kUser).c_str(), "*", operation,
                              RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, error, sizeof error),
      rd_kafka_AclBinding_destroy);
  if (binding == nullptr) throw std::runtime_error(error);
  rd_kafka_AclBinding_t* bindings[] = {binding.get()};
  rd_kafka_CreateAcls(client.get(), bindings, 1, nullptr, queue.get());
  const std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)> event(
      rd_kafka_queue_poll(queue.get(), kTimeoutMs), rd_kafka_event_destroy);
  if (event == nullptr) throw std::runtime_error("the broker did not answer CreateAcls");
  std::size_t count = 0;
  const auto* result = rd_kafka_event_CreateAcls_result(event.get());
  const rd_kafka_acl_result_t** results =
      result ? rd_kafka_CreateAcls_result_acls(result, &count) : nullptr;
  if (count != 1) throw std::runtime_error(rd_kafka_event_error_string(event.get()));
  if (const rd_kafka_error_t* refused = rd_kafka_acl_result_error(results[0])) {
    throw std::runtime_error(rd_kafka_error_string(refused));
  }

  // CreateAcls is answered when the controller has the grant; the broker's authorizer, which
  // answers DescribeAcls, learns of it later.
  const std::unique_ptr<rd_kafka_AclBinding_t, decltype(&rd_kafka_AclBinding_destroy)> filter(
      rd_kafka_AclBindingFilter_new(of, prefix.c_str(), RD_KAFKA_RESOURCE_PATTERN_PREFIXED,
                                    (std::string("User:") + kUser).c_str(), "*", operation,
                                    RD_KAFKA_ACL_PERMISSION_TYPE_ALLOW, error, sizeof error),
      rd_kafka_AclBinding_destroy);
  if (filter == nullptr) throw std::runtime_error(error);
  const auto is_applied = [&] {
    rd_kafka_DescribeAcls(client.get(), filter.get(), nullptr, queue.get());
    const std::unique_ptr<rd_kafka_event_t, decltype(&rd_kafka_event_destroy)> described(
        rd_kafka_queue_poll(queue.get(), kTimeoutMs), rd_kafka_event_destroy);
    if (described == nullptr) return false;
    const auto* found = rd_kafka_event_DescribeAcls_result(described.get());
    std::size_t grants = 0;
    if (found != nullptr) rd_kafka_DescribeAcls_result_acls(found, &grants);
    return grants > 0;
  };
  WaitUntil(is_applied, "the broker to apply the grant");
}

}  // namespace waybill::test
