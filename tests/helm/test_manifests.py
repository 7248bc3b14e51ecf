"""What must hold for everything that the chart makes, whatever the values."""
import functools
import os
import unittest

import chart
from chart import BIN, CHART, NAMESPACE, SERVICES, selects


def each_rendering():
    for path in chart.values_files():
        yield path.name, chart.rendered(path)


def each_pod(test):
    """Makes test(self, manifests, service) a test of every service in every rendering."""

    @functools.wraps(test)
    def run(self):
        for name, manifests in each_rendering():
            for service in SERVICES:
                with self.subTest(values=name, service=service):
                    test(self, manifests, service)

    return run


class ManifestsTest(unittest.TestCase):
    def test_there_are_values_to_render(self):
        self.assertGreaterEqual(len(chart.values_files()), 7)

    def test_nothing_is_made_but_what_values_can_name(self):
        kinds = {"Deployment", "Service", "ServiceAccount", "Secret", "PersistentVolumeClaim", "PodDisruptionBudget",
                 "HorizontalPodAutoscaler", "NetworkPolicy", "Ingress", "HTTPRoute", "Issuer", "Certificate",
                 "ServiceMonitor", "PrometheusRule", "Job"}
        seen = set()
        for name, manifests in each_rendering():
            seen |= {each["kind"] for each in manifests.objects}
            for each in manifests.objects:
                self.assertEqual(each["metadata"]["namespace"], NAMESPACE, (name, each["metadata"]))
                self.assertLessEqual(len(each["metadata"]["name"]), 63)
        self.assertEqual(seen, kinds, "either there is a new kind, or no file of values makes one any more")

    @each_pod
    def test_pods_keep_to_the_restricted_standard(self, manifests, service):
        allowed = {"emptyDir", "secret", "persistentVolumeClaim"}
        spec = manifests.pod(service)["spec"]
        self.assertTrue(spec["securityContext"]["runAsNonRoot"])
        self.assertEqual(spec["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
        self.assertNotEqual(spec["securityContext"].get("runAsUser"), 0)
        for field in ("hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "initContainers"):
            self.assertNotIn(field, spec)
        for volume in spec["volumes"]:
            self.assertEqual(len(allowed & set(volume)), 1, volume)
        container = manifests.container(service)
        self.assertEqual(container["securityContext"],
                         {"allowPrivilegeEscalation": False, "privileged": False, "readOnlyRootFilesystem": True,
                          "capabilities": {"drop": ["ALL"]}})
        self.assertNotIn("hostPort", str(container["ports"]))

    @each_pod
    def test_pods_have_no_token_and_no_other_services_variables(self, manifests, service):
        spec = manifests.pod(service)["spec"]
        self.assertIs(spec["automountServiceAccountToken"], False)
        self.assertIs(spec["enableServiceLinks"], False)

    def test_the_account_has_no_token(self):
        for name, manifests in each_rendering():
            for account in manifests.of_kind("ServiceAccount"):
                self.assertIs(account["automountServiceAccountToken"], False, name)

    @each_pod
    def test_containers_have_requests_and_limits_and_probes(self, manifests, service):
        container = manifests.container(service)
        for amount in ("requests", "limits"):
            self.assertLessEqual({"cpu", "memory"}, set(container["resources"][amount]))
        for probe, path in (("startupProbe", "/healthz"), ("livenessProbe", "/healthz"), ("readinessProbe", "/readyz")):
            self.assertEqual(container[probe]["httpGet"], {"path": path, "port": "metrics"})

    @each_pod
    def test_a_pod_has_the_time_to_drain(self, manifests, service):
        spec = manifests.pod(service)["spec"]
        sleep = manifests.container(service).get("lifecycle", {}).get("preStop", {}).get("sleep", {"seconds": 0})
        drain = int(manifests.flags(service)["drain_timeout"].removesuffix("s"))
        self.assertGreater(spec["terminationGracePeriodSeconds"], drain + sleep["seconds"])

    @each_pod
    def test_what_is_mounted_is_there_and_is_used(self, manifests, service):
        spec = manifests.pod(service)["spec"]
        mounts = {each["name"]: each for each in manifests.container(service)["volumeMounts"]}
        self.assertEqual(set(mounts), {each["name"] for each in spec["volumes"]})
        paths = [each["mountPath"] for each in mounts.values()]
        for flag, value in manifests.flags(service).items():
            if value and value.startswith("/"):
                for path in value.split(","):
                    self.assertTrue(any(path.startswith(f"{mount}/") for mount in paths), f"--{flag}={value}")
        for volume in spec["volumes"]:
            if "secret" in volume:
                self.assertTrue(mounts[volume["name"]]["readOnly"])

    @each_pod
    def test_a_pod_sees_of_the_keys_its_own_alone(self, manifests, service):
        volumes = {each["name"]: each for each in manifests.pod(service)["spec"]["volumes"]}
        keys = [each["key"] for each in volumes["seal"]["secret"]["items"]]
        self.assertEqual(keys[0], service)
        self.assertFalse(set(keys[1:]) & set(SERVICES))
        if "database" in volumes:
            self.assertIn(service, ("config", "auth", "validation"))
            self.assertEqual([each["key"] for each in volumes["database"]["secret"]["items"]], [service])
        self.assertFalse("mongodb" in volumes and service != "executor")

    @each_pod
    def test_no_secret_stands_in_arguments_or_environment(self, manifests, service):
        self.assertNotIn("env", manifests.container(service))
        self.assertNotIn("envFrom", manifests.container(service))
        for flag, value in manifests.flags(service).items():
            self.assertNotIn(flag, ("config_database", "auth_database", "validation_database", "executor_mongodb_uri"))
            if flag == "trace_otlp_url":
                # Its schema leaves no room for a password.
                self.assertNotIn("@", value)
                continue
            self.assertNotIn("://", (value or "").replace("dns:///", "").replace("https://hooks.example.com", ""))

    @each_pod
    def test_replicas_of_a_file_are_one_and_never_two_at_a_time(self, manifests, service):
        spec = manifests.one("Deployment", f"-{service}")["spec"]
        if "persistentVolumeClaim" in str(spec["template"]["spec"]["volumes"]):
            self.assertEqual((spec["replicas"], spec["strategy"]["type"]), (1, "Recreate"))
        else:
            self.assertEqual(spec["strategy"]["rollingUpdate"], {"maxUnavailable": 0, "maxSurge": 1})

    @each_pod
    def test_ids_of_deliveries_in_memory_are_those_of_one_pod(self, manifests, service):
        if service == "validation" and "validation_database_url_file" not in manifests.flags(service):
            self.assertEqual(manifests.one("Deployment", "-validation")["spec"]["replicas"], 1)

    @each_pod
    def test_each_deployment_has_its_service_budget_and_spread(self, manifests, service):
        deployment = manifests.one("Deployment", f"-{service}")
        labels = deployment["spec"]["template"]["metadata"]["labels"]
        self.assertTrue(selects(deployment["spec"]["selector"], labels))
        headless = [each for each in manifests.of_kind("Service") if each["spec"].get("clusterIP") == "None"
                    and selects({"matchLabels": each["spec"]["selector"]}, labels)]
        self.assertEqual(len(headless), 1)
        ports = {each["name"]: each["containerPort"] for each in manifests.container(service)["ports"]}
        for port in headless[0]["spec"]["ports"]:
            self.assertEqual(port["port"], ports[port["targetPort"]])
        budgets = [each for each in manifests.of_kind("PodDisruptionBudget")
                   if selects(each["spec"]["selector"], labels)]
        self.assertLessEqual(len(budgets), 1)
        self.assertFalse(budgets and deployment["spec"].get("replicas") == 1, "a budget of one pod stops every upgrade")

    def test_only_the_edge_can_be_published_and_its_metrics_cannot(self):
        for name, manifests in each_rendering():
            published = [each for each in manifests.of_kind("Service") if each["spec"].get("clusterIP") != "None"]
            self.assertEqual([each["spec"]["selector"]["app.kubernetes.io/component"] for each in published], ["edge"],
                             name)
            self.assertEqual([each["targetPort"] for each in published[0]["spec"]["ports"]], ["http"], name)

    @each_pod
    def test_targets_are_the_headless_services_and_their_certificates_names(self, manifests, service):
        headless = {f"{each['metadata']['name']}.{NAMESPACE}.svc": each for each in manifests.of_kind("Service")}
        for flag, value in manifests.flags(service).items():
            if not flag.endswith("_target"):
                continue
            callee = flag.removesuffix("_target")
            host, _, port = value.removeprefix("dns:///").rpartition(":")
            found = [each for name, each in headless.items() if host.startswith(f"{name}.")]
            self.assertEqual(len(found), 1, value)
            self.assertEqual(found[0]["spec"]["clusterIP"], "None")
            self.assertIn(int(port), [each["port"] for each in found[0]["spec"]["ports"]])
            if certificates := manifests.of_kind("Certificate"):
                names = [each["spec"].get("dnsNames", []) for each in certificates
                         if each["metadata"]["name"].endswith(f"-{callee}")]
                self.assertIn(host, names[0])
                self.assertEqual(names[0][0], callee)

    @each_pod
    def test_services_talk_tls_unless_values_say_insecure(self, manifests, service):
        flags = manifests.flags(service)
        self.assertNotEqual("insecure" in flags, {"tls_cert", "tls_key", "tls_ca"} <= set(flags))

    def test_certificates_of_callers_cannot_be_taken_for_a_service(self):
        for name, manifests in each_rendering():
            for each in manifests.of_kind("Certificate"):
                for dns in each["spec"].get("dnsNames", []):
                    first = dns.partition(".")[0].removeprefix("overlock-")
                    if first in SERVICES:
                        self.assertTrue(each["metadata"]["name"].endswith(f"-{first}"), (name, dns))

    @unittest.skipUnless((BIN / "overlock-edge").exists() or os.environ.get("CI"), f"there are no programs in {BIN}")
    @each_pod
    def test_every_flag_is_one_of_its_program(self, manifests, service):
        known = chart.flags_of_binary(service)
        self.assertIn(f"{service}_listen", known)
        self.assertEqual(set(manifests.flags(service)) - known, set())

    def test_the_readme_names_every_value_at_the_top(self):
        readme = (CHART / "README.md").read_text()
        import yaml  # Only here: everything else reads what Helm made.
        for key in yaml.safe_load((CHART / "values.yaml").read_text()):
            self.assertIn(f"`{key}", readme)


if __name__ == "__main__":
    unittest.main()
