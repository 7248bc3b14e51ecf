"""Who may talk to whom: the policies against a table that is written down here once more."""
import ipaddress
import unittest

import chart
from chart import CHART, SERVICES, selects

# The calls that exist: caller, callee, the callee's port. Nothing else between pods is allowed.
CALLS = {
    ("edge", "config", 9001), ("edge", "validation", 9002), ("edge", "auth", 9003), ("edge", "authz", 9004),
    ("edge", "executor", 9005),
    ("config", "executor", 9005),
    ("validation", "config", 9001),
    ("executor", "config", 9001),
    ("auth", "config", 9001), ("auth", "executor", 9005),
    ("authz", "config", 9001), ("authz", "executor", 9005),
}
METRICS = {"config": 9101, "validation": 9102, "auth": 9103, "authz": 9104, "executor": 9105, "edge": 9100}


def allows(rules, side, labels, port):
    """Whether a pod of this namespace with these labels is let through; ipBlocks are not meant for pods."""
    for rule in rules:
        if port not in {each["port"] for each in rule["ports"] if each["protocol"] == "TCP"}:
            continue
        for peer in rule[side]:
            if "podSelector" in peer and "namespaceSelector" not in peer and selects(peer["podSelector"], labels):
                return True
    return False


def peers(rules, side, port):
    """Those of a port that are not Overlock's own pods."""
    return [peer for rule in rules if port in {each["port"] for each in rule["ports"]} for peer in rule[side]
            if "overlock" not in str(peer.get("podSelector"))]


class NetworkTest(unittest.TestCase):
    def setUp(self):
        self.production = chart.rendered(CHART / "examples" / "production-values.yaml")

    def rules(self, manifests, service):
        policies = [each for each in manifests.of_kind("NetworkPolicy")
                    if selects(each["spec"]["podSelector"], manifests.pod(service)["metadata"]["labels"])]
        self.assertEqual(len(policies), 2, "the default and its own")
        ingress = [rule for each in policies for rule in each["spec"].get("ingress", [])]
        egress = [rule for each in policies for rule in each["spec"].get("egress", [])]
        return ingress, egress

    def test_nothing_is_allowed_by_default(self):
        for path in chart.values_files():
            manifests = chart.rendered(path)
            if path.name == "trial-values.yaml":
                self.assertEqual(manifests.of_kind("NetworkPolicy"), [])
                continue
            default = manifests.one("NetworkPolicy", "-default-deny")["spec"]
            self.assertEqual(default["policyTypes"], ["Ingress", "Egress"])
            self.assertEqual(set(default), {"podSelector", "policyTypes"})
            for policy in manifests.of_kind("NetworkPolicy"):
                self.assertEqual(policy["spec"]["policyTypes"], ["Ingress", "Egress"])
                for side, rules in (("from", "ingress"), ("to", "egress")):
                    for rule in policy["spec"].get(rules, []):
                        self.assertTrue(rule[side] and rule["ports"], f"{path.name}: a rule for everybody: {rule}")
            for service in SERVICES:
                self.assertTrue(selects(default["podSelector"], manifests.pod(service)["metadata"]["labels"]))

    def test_exactly_the_calls_that_exist_are_allowed_on_both_sides(self):
        for path in chart.values_files():
            manifests = chart.rendered(path)
            if not manifests.of_kind("NetworkPolicy"):
                continue
            for side, own in (("ingress", 0), ("egress", 1)):
                self.assertEqual(self.allowed(manifests, own), CALLS, f"{path.name}, {side}")

    def allowed(self, manifests, own):
        ports = {int(port["containerPort"]) for service in SERVICES for port in manifests.container(service)["ports"]}
        found = set()
        for caller in SERVICES:
            for callee in SERVICES:
                where, other = (callee, caller) if own == 0 else (caller, callee)
                # What values add has no pods of ours in it.
                rules = self.rules(manifests, where)[own]
                labels = {**manifests.pod(other)["metadata"]["labels"]}
                found |= {(caller, callee, port) for port in ports
                          if allows(rules, ("from", "to")[own], labels, port)}
        return found

    def test_flags_and_policies_say_the_same(self):
        for service in SERVICES:
            flags = self.production.flags(service)
            targets = {(service, flag.removesuffix("_target"), int(value.rpartition(":")[2]))
                       for flag, value in flags.items() if flag.endswith("_target")}
            self.assertEqual(targets, {call for call in CALLS if call[0] == service})

    def test_admins_reach_what_has_admin_rpcs_and_scrapers_the_metrics(self):
        platform = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "platform"}}}]
        monitoring = [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "monitoring"}}}]
        for service in ("config", "auth", "authz", "executor", "validation"):
            ingress, _ = self.rules(self.production, service)
            port = int(self.production.flags(service)[f"{service}_listen"].rpartition(":")[2])
            self.assertEqual(peers(ingress, "from", port), [] if service == "validation" else platform, service)
        for service, port in METRICS.items():
            ingress, _ = self.rules(self.production, service)
            self.assertEqual(peers(ingress, "from", port), monitoring, service)

    def test_databases_are_reached_by_those_that_have_one(self):
        for service in SERVICES:
            _, egress = self.rules(self.production, service)
            self.assertEqual(bool(peers(egress, "to", 5432)), service in ("config", "auth", "validation"), service)
            self.assertEqual(bool(peers(egress, "to", 27017)), service == "executor", service)

    def test_everybody_may_ask_dns_and_only_dns(self):
        for service in SERVICES:
            _, egress = self.rules(self.production, service)
            dns = [rule for rule in egress if 53 in {each["port"] for each in rule["ports"]}]
            self.assertEqual(len(dns), 1)
            self.assertEqual({each["protocol"] for each in dns[0]["ports"]}, {"UDP", "TCP"})
            self.assertEqual([each["namespaceSelector"]["matchLabels"] for each in dns[0]["to"]],
                             [{"kubernetes.io/metadata.name": "kube-system"}])

    def test_a_collector_is_reached_where_there_is_one(self):
        traced = chart.rendered(CHART / "ci" / "unusual-values.yaml")
        for service in SERVICES:
            self.assertEqual(traced.flags(service)["trace_otlp_url"], "http://collector.monitoring.svc:4318/v1/traces")
            self.assertEqual(traced.flags(service)["trace_sample_ratio"], "0.25")
            _, egress = self.rules(traced, service)
            self.assertTrue(peers(egress, "to", 4318), service)
            self.assertNotIn("trace_otlp_url", self.production.flags(service))
            _, egress = self.rules(self.production, service)
            self.assertEqual(peers(egress, "to", 4318), [], service)

    def test_functions_reach_nothing_but_what_values_name(self):
        _, closed = self.rules(chart.rendered(CHART / "examples" / "minimal-values.yaml"), "executor")
        self.assertEqual([peer for rule in closed for peer in rule["to"] if "ipBlock" in peer], [])
        _, opened = self.rules(self.production, "executor")
        blocks = [peer["ipBlock"] for rule in opened for peer in rule["to"] if "ipBlock" in peer]
        # The node's metadata service is not among them.
        self.assertEqual(len(blocks), 2)
        for block in blocks:
            inside = ipaddress.ip_address("169.254.169.254") in ipaddress.ip_network(block["cidr"])
            self.assertTrue(not inside or "169.254.0.0/16" in block["except"])

    def test_senders_reach_the_edge_alone(self):
        for service in SERVICES:
            ingress, _ = self.rules(chart.rendered(CHART / "examples" / "own-secrets-values.yaml"), service)
            everybody = [rule for rule in ingress for peer in rule["from"] if "ipBlock" in peer]
            self.assertEqual(bool(everybody), service == "edge", service)


if __name__ == "__main__":
    unittest.main()
