"""The jobs that bring the databases' schemas up to date before the pods."""
import unittest

import chart
from chart import CHART, selects

OWNERS = ("config", "auth", "validation")


class MigrationsTest(unittest.TestCase):
    def setUp(self):
        self.production = chart.rendered(CHART / "examples" / "production-values.yaml")
        self.jobs = {each["metadata"]["name"].rpartition("-")[2]: each for each in self.production.of_kind("Job")}

    def test_there_is_one_for_each_database_and_none_for_files(self):
        self.assertEqual(set(self.jobs), set(OWNERS))
        self.assertEqual(chart.rendered(CHART / "examples" / "minimal-values.yaml").of_kind("Job"), [])

    def test_they_run_before_the_release_and_need_nothing_that_it_makes(self):
        made = {each["metadata"]["name"] for each in self.production.objects
                if each["kind"] in ("Secret", "ServiceAccount", "PersistentVolumeClaim", "Certificate")}
        for service, job in self.jobs.items():
            self.assertEqual(job["metadata"]["annotations"]["helm.sh/hook"], "pre-install,pre-upgrade", service)
            spec = job["spec"]["template"]["spec"]
            self.assertNotIn("serviceAccountName", spec)
            names = {volume["secret"]["secretName"] for volume in spec["volumes"] if "secret" in volume}
            self.assertEqual(len(names), 1)
            self.assertFalse(names & made)

    def test_each_gets_its_own_url_in_a_file_and_its_services_image(self):
        for service, job in self.jobs.items():
            spec = job["spec"]["template"]["spec"]
            [container] = spec["containers"]
            self.assertEqual(container["image"], self.production.container(service)["image"])
            self.assertIn("--migrate_only", container["args"])
            self.assertIn(f"--{service}_database_url_file=/etc/overlock/database/url", container["args"])
            [database] = [volume for volume in spec["volumes"] if volume["name"] == "database"]
            self.assertEqual(database["secret"]["items"], [{"key": service, "path": "url"}])

    def test_they_keep_to_the_restricted_standard(self):
        for service, job in self.jobs.items():
            spec = job["spec"]["template"]["spec"]
            pod = self.production.pod(service)["spec"]
            self.assertEqual(spec["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
            self.assertTrue(spec["securityContext"]["runAsNonRoot"])
            self.assertEqual(spec["securityContext"]["runAsUser"], pod["securityContext"]["runAsUser"])
            self.assertFalse(spec["automountServiceAccountToken"])
            [container] = spec["containers"]
            self.assertEqual(container["securityContext"], self.production.container(service)["securityContext"])
            self.assertIn("memory", container["resources"]["limits"])

    def test_no_service_sends_them_requests(self):
        for job in self.jobs.values():
            labels = job["spec"]["template"]["metadata"]["labels"]
            for service in self.production.of_kind("Service"):
                self.assertFalse(selects({"matchLabels": service["spec"]["selector"]}, labels))

    def test_they_may_reach_postgresql_and_dns_alone(self):
        [policy] = [each for each in self.production.of_kind("NetworkPolicy")
                    if each["metadata"].get("annotations", {}).get("helm.sh/hook")]
        self.assertEqual(policy["spec"]["policyTypes"], ["Ingress", "Egress"])
        self.assertNotIn("ingress", policy["spec"])
        ports = {port["port"] for rule in policy["spec"]["egress"] for port in rule["ports"]}
        self.assertEqual(ports, {53, 5432})
        for job in self.jobs.values():
            self.assertTrue(selects(policy["spec"]["podSelector"], job["spec"]["template"]["metadata"]["labels"]))
        # Before the jobs.
        self.assertEqual(policy["metadata"]["annotations"]["helm.sh/hook-weight"], "-1")


if __name__ == "__main__":
    unittest.main()
