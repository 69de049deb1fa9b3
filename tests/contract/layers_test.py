#!/usr/bin/env python3
"""Plants each violation that layers.py knows into a tree without any, and sees exactly that one named."""

import os
import tempfile
import unittest

import layers

CLEAN = {
    "platform/types/ids.h": "// Ids.\n#include <string>\n",
    "platform/postgres/pool.h": "// Sessions.\n#include <pqxx/pqxx>\n",
    "platform/kafka/client.h": "// Clients.\n#include <librdkafka/rdkafka.h>\n",
    "order_svc/domain/order.h": '// Orders.\n#include <vector>\n#include "absl/time/time.h"\n'
                                '#include "platform/types/ids.h"\n',
    "order_svc/application/place.h": '// Placing.\n#include "order_svc/domain/order.h"\n',
    "order_svc/transport/handlers.h": '// Calls.\n#include <grpcpp/grpcpp.h>\n'
                                      '#include "order_svc/application/place.h"\n'
                                      '#include "waybill/orders/v1/order_service.pb.h"\n',
    "order_svc/storage/orders.h": '// Rows.\n#include <pqxx/pqxx>\n#include "platform/postgres/pool.h"\n',
    "order_svc/gateway/mail.h": "// Mails.\n#include <curl/curl.h>\n",
    "order_svc/app.cc": '#include "order_svc/storage/orders.h"\n#include "order_svc/transport/handlers.h"\n',
    "outbox_relay/config.h": '// Settings.\n#include "platform/types/ids.h"\n',
    "outbox_relay/base/lsn.h": "// Positions.\n",
    "outbox_relay/watch/metrics.h": '// Metrics.\n#include "outbox_relay/base/lsn.h"\n',
    "outbox_relay/sink/publisher.h": '// Publishing.\n#include "outbox_relay/config.h"\n'
                                     '#include "outbox_relay/sink/window.h"\n#include "outbox_relay/watch/metrics.h"\n',
    "outbox_relay/app.cc": '#include "outbox_relay/app.h"\n#include "outbox_relay/sink/publisher.h"\n',
    "tests/support/wait.cc": "void Wait() { absl::SleepFor(pause); }\n",
    "tests/unit/order_test.cc": "// No sleep() here.\nvoid Oversleep();\n",
}


class LayersTest(unittest.TestCase):
    def found_in(self, planted):
        """What is found in the clean tree with these files added or replaced: [(path, line)]."""
        with tempfile.TemporaryDirectory() as root:
            for path, content in {**CLEAN, **planted}.items():
                os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
                with open(os.path.join(root, path), "w", encoding="utf-8") as file:
                    file.write(content)
            return [(path, number) for path, number, _ in layers.violations(root)]

    def assert_only(self, path, line, planted):
        self.assertEqual(self.found_in(planted), [(path, line)])

    def assert_include_refused(self, path, include):
        self.assert_only(path, 2, {path: f"// Planted.\n#include {include}\n"})

    def test_a_clean_tree_has_no_violation(self):
        self.assertEqual(self.found_in({}), [])

    def test_domain_includes_nothing_else(self):
        for include in ('"platform/log/log.h"', "<fmt/format.h>", "<nlohmann/json.hpp>", "<stdio.h>",
                        '"order_svc/application/place.h"', '"waybill/events/v1/events.pb.h"'):
            self.assert_include_refused("order_svc/domain/planted.h", include)

    def test_application_never_includes_the_outside(self):
        for include in ("<librdkafka/rdkafka.h>", "<grpcpp/grpcpp.h>", "<google/protobuf/message.h>",
                        '"waybill/orders/v1/order_service.pb.h"',
                        '"waybill/orders/v1/order_service.grpc.pb.h"'):
            self.assert_include_refused("order_svc/application/planted.cc", include)

    def test_application_never_includes_the_outside_through_others(self):
        self.assert_include_refused("order_svc/application/planted.cc", '"platform/kafka/client.h"')

    def test_application_never_includes_libpqxx_through_others(self):
        self.assertIn(("order_svc/application/planted.cc", 2), self.found_in(
            {"order_svc/application/planted.cc": '// Planted.\n#include "order_svc/storage/orders.h"\n'}))

    def test_transport_never_includes_storage_or_gateway(self):
        self.assert_include_refused("order_svc/transport/planted.cc", '"order_svc/storage/orders.h"')
        self.assert_include_refused("order_svc/transport/planted.cc", '"order_svc/gateway/mail.h"')

    def test_no_service_includes_another(self):
        self.assert_include_refused("payment_svc/app.cc", '"order_svc/domain/order.h"')
        self.assert_include_refused("payment_svc/app.cc", '"tests/support/wait.h"')
        self.assert_include_refused("platform/types/planted.cc", '"order_svc/domain/order.h"')

    def test_the_relays_folders_include_those_before_them_only(self):
        for folder, header in (("base", "config.h"), ("base", "source/session.h"), ("watch", "checkpoint/checkpoint.h"),
                               ("parking", "sink/publisher.h"), ("sink", "source/session.h"), ("source", "app.h"),
                               ("check", "commands/commands.h")):
            self.assert_include_refused(f"outbox_relay/{folder}/planted.h", f'"outbox_relay/{header}"')

    def test_every_folder_of_the_relay_has_a_place(self):
        self.assert_only("outbox_relay/new/planted.h", 1, {"outbox_relay/new/planted.h": "// Planted.\n"})
        self.assertEqual(self.found_in(
            {"outbox_relay/source/planted.h": '// Planted.\n#include "outbox_relay/new/planted.h"\n',
             "outbox_relay/new/planted.h": "// Planted.\n"}), [("outbox_relay/new/planted.h", 1)])

    def test_libpqxx_stays_in_its_place(self):
        self.assert_include_refused("order_svc/app.h", "<pqxx/pqxx>")

    def test_headers_begin_with_a_comment(self):
        for content in ("#pragma once\n", "\n// Late.\n", "//\n#pragma once\n", ""):
            self.assert_only("platform/types/planted.h", 1, {"platform/types/planted.h": content})

    def test_long_files_need_a_reason(self):
        path = "tools/planted.cc"
        planted = {path: "\n" * 400}
        self.assert_only(path, 400, planted)
        self.assert_only(path, 400, {**planted, layers.LONG_FILES: f"{path}\n"})
        self.assertEqual(self.found_in({**planted, layers.LONG_FILES: f"{path} one table\n"}), [])
        self.assertEqual(self.found_in({path: "\n" * 399}), [])

    def test_a_reason_goes_with_its_file(self):
        self.assert_only(layers.LONG_FILES, 1, {layers.LONG_FILES: "order_svc/app.cc one table\n"})

    def test_tests_dont_sleep(self):
        for call in ("absl::SleepFor(a);", "std::this_thread::sleep_for(a);", "usleep(1);", "sleep(1);"):
            self.assert_only("tests/unit/planted_test.cc", 1, {"tests/unit/planted_test.cc": call})


if __name__ == "__main__":
    unittest.main()
