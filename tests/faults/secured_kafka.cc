#include "tests/faults/secured_kafka.h"

#include <stdexcept>
#include <vector>

#include "platform/kafka/acl.h"
#include "tests/support/free_port.h"
#include "tests/support/process.h"
#include "tests/support/test_stack.h"
#include "tests/support/wait.h"

namespace waybill::test {
namespace {

constexpr char kUser[] = "relay";
constexpr char kPasswordFile[] = "password.properties";
constexpr absl::Duration kTimeout = absl::Seconds(60);

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
  const kafka::KafkaConfig config{.brokers = stack().brokers, .topic_prefix = "", .properties = {}};
  const std::vector<kafka::Acl> acls = {{.principal = std::string("User:") + kUser,
                                         .operation = operation,
                                         .resource = of,
                                         .name = prefix,
                                         .is_prefix = true}};
  if (const absl::Status status = kafka::Allow(config, acls, kTimeout); !status.ok()) {
    throw std::runtime_error(status.ToString());
  }
  WaitUntil([&] { return kafka::AreInEffect(config, acls, kTimeout).value_or(false); },
            "the broker to apply the grant");
}

}  // namespace waybill::test
