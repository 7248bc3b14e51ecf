"""Config is gone: what serves goes on, and what restarts meanwhile starts from its last state on disk."""
import signal
import stat
import unittest

import apps
import client
import harness
from process import wait_until

WATCHERS = ("edge", "validation", "auth", "authz", "executor")
# Signatures and secrets; can_evaluate with values, environment and functions; users by script.
SAMPLES = ("first-look", "expressions", "run-as-script")
RECOVERY_SECONDS_MAX = 30.0
SEAL_KEY = "5e" * 32
# Needs all five services, and each of them its own view of it.
LATE_SECRET = "a secret that came late"
LATE_HOOK = {
    **apps.signed_hook(LATE_SECRET, "exports = function() { return context.values.get('greeting'); };"),
    "can_evaluate": {"%%request.httpMethod": "POST", "%%values.greeting": "late"},
    "run_as_user_id_script_source": "exports = function() { return {runAsSystem: true}; };",
}


class StaticStability(harness.SystemTest):
    def setUp(self):
        self.state_dir = self.temporary_directory() / "state"
        self.key_file = self.temporary_directory() / "seal.key"
        self.key_file.write_text(SEAL_KEY + "\n")
        flags = [f"--state_dir={self.state_dir}", f"--seal_key_file={self.key_file}"]
        self.topology = harness.Distributed(service_flags={service: list(flags) for service in WATCHERS})
        self.start(self.topology)
        self.requests = []
        for sample in SAMPLES:
            directory = apps.sample_directory(sample)
            self.topology.import_app(directory, apps.app_id_of(directory))
            self.requests += apps.sample_requests(sample)
        self.wait_until_on_disk()

    def metric(self, service, name):
        return harness.metric(self.topology.metrics_port(service), f"overlock_{service}_{name}")

    def wait_until_on_disk(self):
        newest = self.metric("config", "revision")
        for service in WATCHERS:
            wait_until(lambda service=service: self.metric(service, "snapshot_revision") == newest,
                       10, f"{service} has revision {newest} on disk")

    def kill_config(self):
        self.topology.processes["config"].kill()

    def all_answered(self):
        return all(self.answered(request) for request in self.requests)

    def answered(self, request):
        try:
            return not request.problems(request.send(self.topology.edge_port))
        except harness.NO_ANSWER:
            return False

    def assertAllAnswered(self, where):
        # Channels to a service that was killed need a moment to find it again.
        wait_until(self.all_answered, RECOVERY_SECONDS_MAX, f"every sample request is answered right: {where}")

    def import_late(self):
        """Config is back: a new application arrives everywhere."""
        directory = apps.write_app(self.temporary_directory(), "late-abcde", {"late": LATE_HOOK})
        apps.write_value(directory, "greeting", "late")
        self.topology.import_app(directory, "late-abcde")
        newest = self.metric("config", "revision")
        for service in WATCHERS:
            wait_until(lambda service=service: self.metric(service, "config_revision") == newest,
                       10, f"{service} has revision {newest}")
        body = b"{}"
        headers = [("X-Hook-Signature", client.signature(LATE_SECRET, body))]
        answer = self.topology.send("POST", client.hook_path("late-abcde", "s", "late"), headers, body)
        self.assertEqual((answer.status, answer.text()), (200, '"late"'))

    def ready(self, service):
        return harness.admin(self.topology.metrics_port(service), "/readyz")

    def wait_for_reason(self, service, reason):
        """Waits until the service says that it is not ready, and why."""

        def told():
            try:
                answer = self.ready(service)
            except harness.NO_ANSWER:
                return None
            return answer if reason in answer.text() else None

        answer = wait_until(told, 10, f"{service} says: {reason}")
        self.assertEqual(answer.status, 503)
        self.assertTrue(answer.text().startswith(f"{service}: waits for the config service"), answer.text())

    def test_EachServiceStartsFromItsLastStateWhileConfigIsDown(self):
        self.kill_config()
        self.assertAllAnswered("with config killed")
        for service in WATCHERS:
            with self.subTest(service):
                self.topology.processes[service].kill()
                restarted = self.topology.start_service(service)
                self.assertIsNotNone(restarted.wait_for_log(event="read the snapshot of the configuration"))
                self.assertAllAnswered(f"with {service} restarted")
        # All of them at once: nobody has anything from anybody's memory.
        for service in WATCHERS:
            self.topology.processes[service].kill()
        for service in ("validation", "executor", "auth", "authz", "edge"):
            self.topology.start_service(service)
        self.assertAllAnswered("with all five restarted")
        self.topology.start_service("config")
        self.import_late()

    def test_WhatAServiceLearnedBeforeItsGentleEndIsThereAfterwards(self):
        # The second change comes within the pause between two writes.
        for number in range(2):
            directory = apps.write_app(self.temporary_directory(), "last-abcde",
                                       {"last": f"exports = function() {{ return 'answer {number}'; }};"})
            self.topology.import_app(directory, "last-abcde")
        newest = self.metric("config", "revision")
        for service in ("edge", "executor"):
            wait_until(lambda service=service: self.metric(service, "config_revision") == newest, 10, "the change")
        for service in ("edge", "executor"):
            self.topology.processes[service].signal(signal.SIGTERM)
            self.assertEqual(self.topology.processes[service].wait(), 0)
        self.kill_config()
        for service in ("executor", "edge"):
            self.topology.start_service(service)
            self.assertEqual(self.metric(service, "config_revision"), newest)
        answer = self.topology.send("GET", client.hook_path("last-abcde", "s", "last"))
        self.assertEqual((answer.status, answer.text()), (200, '"answer 1"'))

    def test_TheFilesAreForTheirOwnerAndSealed(self):
        self.assertEqual(stat.S_IMODE(self.state_dir.stat().st_mode), 0o700)
        for service in WATCHERS:
            file = self.state_dir / f"{service}.view"
            self.assertEqual(stat.S_IMODE(file.stat().st_mode), 0o600)
            content = file.read_bytes()
            for word in (b"open-sesame", b"first-look", b"exports"):
                self.assertNotIn(word, content, service)

    def test_AServiceWithoutAStateSaysWhyAndIsReadyWhenConfigIsBack(self):
        self.kill_config()
        for service in WATCHERS:
            self.topology.processes[service].kill()
        flags = self.topology.service_flags
        (self.state_dir / "authz.view").write_bytes(b"\0" * 5000)
        flags["edge"] = []
        flags["validation"] = [f"--state_dir={self.state_dir}"]
        flags["auth"][0] = f"--state_dir={self.state_dir / 'another'}"
        other_key_file = self.temporary_directory() / "other.key"
        other_key_file.write_text("0f" * 32)
        flags["executor"][1] = f"--seal_key_file={other_key_file}"
        for service, reason in (
                ("edge", "--state_dir is not set"),
                ("validation", "--seal_key_file is not set: the view of validation holds secrets"),
                ("auth", "there is no snapshot"),
                ("authz", "not one of this program's files"),
                ("executor", "sealed with another key")):
            self.topology.start_service(service, wait_until_ready=False)
            self.wait_for_reason(service, reason)
        for service, event in (("validation", "keeps no snapshot of the configuration"),
                               ("authz", "ignores the snapshot of the configuration"),
                               ("executor", "ignores the snapshot of the configuration")):
            warnings = [line for line in self.topology.processes[service].logs() if line["event"] == event]
            self.assertEqual([line["level"] for line in warnings], ["warning"], service)
        self.topology.start_service("config")
        for service in WATCHERS:
            self.topology.processes[service].wait_until_ready()
        self.assertAllAnswered("with config back")
        self.import_late()
        # The files that could not be used were replaced by ones that can.
        newest = self.metric("config", "revision")
        for service in ("auth", "authz", "executor"):
            wait_until(lambda service=service: self.metric(service, "snapshot_revision") == newest, 10, service)

    def test_AnUnwritableDirectoryStopsNothing(self):
        service = "edge"
        self.topology.processes[service].kill()
        blocked = self.temporary_directory() / "file"
        blocked.write_text("a file where the directory should be")
        self.topology.service_flags[service] = [f"--state_dir={blocked}"]
        restarted = self.topology.start_service(service)
        self.assertIsNotNone(restarted.wait_for_log(
            level="warning", event="the snapshot of the configuration is not kept; tries again"))
        self.assertAllAnswered("without a place for its state")

    def test_AKeyFileThatHoldsNoKeyIsRefusedAtTheStart(self):
        self.key_file.write_text("not a key")
        service = self.start_process("authz", [harness.BIN / "overlock-authz", "--authz_listen=127.0.0.1:0",
                                               "--authz_metrics_listen=127.0.0.1:0", f"--state_dir={self.state_dir}",
                                               f"--seal_key_file={self.key_file}"])
        self.assertEqual(service.wait(), 1)
        self.assertIn("seal_key_file: ", "\n".join(service.stderr.all()))
        self.assertNotIn("not a key", "\n".join(service.stderr.all()))


if __name__ == "__main__":
    unittest.main()
