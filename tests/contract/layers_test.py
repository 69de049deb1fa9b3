#!/usr/bin/env python3
"""Plants each violation that layers.py knows into a tree without any, and sees exactly that one named."""

import os
import tempfile
import unittest

import layers

CLEAN = {
    "platform/types/ids.h": "// Ids.\n#include <string>\n",
    "platform/postgres/connection.h": "// A session.\n#include <pqxx/pqxx>\n",
    "platform/postgres/pool.h": "// Sessions.\n#include <memory>\n",
    "platform/postgres/pool.cc": '#include "platform/postgres/connection.h"\n',
    "platform/kafka/client.h": "// Clients.\n#include <librdkafka/rdkafka.h>\n",
    "order_svc/domain/order.h": '// Orders.\n#include <vector>\n#include "absl/time/time.h"\n'
                                '#include "platform/types/ids.h"\n',
    "order_svc/application/place.h": '// Placing.\n#include "order_svc/domain/order.h"\n',
    "order_svc/transport/order_handlers.h": '// Calls.\n#include <grpcpp/grpcpp.h>\n'
                                            '#include "order_svc/application/place.h"\n'
                                            '#include "waybill/orders/v1/order_service.pb.h"\n',
    "order_svc/transport/events.cc": '#include "waybill/events/v1/events.pb.h"\n',
    "order_svc/transport/events.h": "// Events.\n",
    "order_svc/storage/order_store.h": '// Rows.\n#include "order_svc/domain/order.h"\n',
    "order_svc/storage/order_store.cc": '#include "platform/postgres/pool.h"\n',
    "order_svc/storage/stores.h": '// Stores.\n#include "order_svc/storage/order_store.h"\n',
    "order_svc/gateway/mail.h": "// Mails.\n#include <curl/curl.h>\n",
    "order_svc/app.cc": '#include "order_svc/storage/stores.h"\n#include "order_svc/transport/order_handlers.h"\n',
    "order_svc/app.h": "// The service.\n",
    "order_svc/config.cc": "",
    "order_svc/config.h": "// Settings.\n",
    "order_svc/main.cc": "int main() {}\n",
    "outbox_relay/config.h": '// Settings.\n#include "platform/types/ids.h"\n',
    "outbox_relay/base/lsn.h": "// Positions.\n",
    "outbox_relay/watch/metrics.h": '// Metrics.\n#include "outbox_relay/base/lsn.h"\n',
    "outbox_relay/sink/publisher.h": '// Publishing.\n#include "outbox_relay/config.h"\n'
                                     '#include "outbox_relay/sink/window.h"\n#include "outbox_relay/watch/metrics.h"\n',
    "outbox_relay/app.cc": '#include "outbox_relay/app.h"\n#include "outbox_relay/sink/publisher.h"\n',
    "tests/support/wait.cc": "void Wait() { absl::SleepFor(pause); }\n",
    "tests/unit/order_test.cc": "// No sleep() here.\nvoid Oversleep();\n",
}


def plant(root, files):
    for path, content in files.items():
        os.makedirs(os.path.join(root, os.path.dirname(path)), exist_ok=True)
        with open(os.path.join(root, path), "w", encoding="utf-8") as file:
            file.write(content)


class LayersTest(unittest.TestCase):
    def found_in(self, planted):
        """What is found in the clean tree with these files added or replaced: [(path, line)]."""
        with tempfile.TemporaryDirectory() as root:
            plant(root, {**CLEAN, **planted})
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
        self.assertIn(("order_svc/application/planted.cc", 1), self.found_in(
            {"order_svc/application/planted.cc": '#include "platform/postgres/connection.h"\n'}))

    def test_application_may_include_storage(self):
        self.assertEqual(self.found_in({"order_svc/application/planted.cc":
                                        '#include "order_svc/storage/stores.h"\n'}), [])

    def test_data_goes_one_way(self):
        storage, gateway, transport, application = (
            '"order_svc/storage/stores.h"', '"order_svc/gateway/mail.h"',
            '"order_svc/transport/events.h"', '"order_svc/application/place.h"')
        for path, includes in (("application/planted.cc", (transport, gateway)),
                               ("storage/planted_store.cc", (application, transport, gateway)),
                               ("transport/planted_handlers.cc", (storage, gateway)),
                               ("gateway/planted.cc", (storage, transport))):
            for include in includes:
                self.assert_include_refused("order_svc/" + path, include)

    def test_every_service_has_the_same_files(self):
        for name in layers.EVERY_SERVICE_HAS:
            without = {path: content for path, content in CLEAN.items() if path != "order_svc/" + name}
            with tempfile.TemporaryDirectory() as root:
                plant(root, without)
                self.assertIn((f"order_svc/{name}", 1),
                              [(path, number) for path, number, _ in layers.violations(root)])

    def test_no_service_has_a_file_of_its_own_kind(self):
        for name in ("order_svc/service.cc", "order_svc/transport/event_codec.cc",
                     "order_svc/storage/pg_orders.cc", "order_svc/storage/unit_of_work.cc",
                     "order_svc/ports/mail.cc"):
            self.assert_only(name, 1, {name: ""})

    def test_names_differ_by_more_than_a_letter(self):
        for name in ("placed.h", "places.h", "plane.h"):
            self.assert_only("platform/types/" + name, 1,
                             {"platform/types/place.h": "// One.\n", "platform/types/" + name: "// Another.\n"})
        self.assertEqual(self.found_in({"platform/types/place.cc": "", "platform/types/place.h": "// One.\n",
                                        "platform/types/placing.h": "// Another.\n"}), [])
        self.assertEqual(self.found_in({"platform/types/get_place.h": "// One.\n",
                                        "platform/types/set_place.h": "// Another.\n"}), [])

    def test_no_service_includes_another(self):
        self.assert_include_refused("outbox_relay/app.cc", '"order_svc/domain/order.h"')
        self.assert_include_refused("outbox_relay/app.cc", '"tests/support/wait.h"')
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
        for path in ("order_svc/app.h", "order_svc/storage/planted_store.h", "platform/inbox/planted.h",
                     "tools/planted.cc"):
            self.assert_include_refused(path, "<pqxx/pqxx>")
            self.assert_include_refused(path, '"platform/postgres/connection.h"')
        for path in ("platform/postgres/planted.h", "tests/support/planted.h"):
            self.assertEqual(self.found_in({path: "// Planted.\n#include <pqxx/pqxx>\n"}), [])

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
