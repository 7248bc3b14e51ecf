"""docker-compose.yml and deploy/Dockerfile, as far as they can be checked where there is no Docker."""
import os
import re
import subprocess
import unittest

import apps
import mongodb
import postgres
from harness import SERVICES, Distributed, SystemTest
from process import BIN, Process

COMPOSE = apps.REPOSITORY / "docker-compose.yml"
DOCKERFILE = apps.REPOSITORY / "deploy" / "Dockerfile"
PROMETHEUS = apps.REPOSITORY / "deploy" / "prometheus" / "prometheus.yml"
ALERTS = apps.REPOSITORY / "deploy" / "helm" / "overlock" / "files" / "alerts.yaml"
GRAFANA = apps.REPOSITORY / "deploy" / "grafana"
HEALTHCHECK = BIN / "overlock-healthcheck"


def compose_services():
    """Of each service in docker-compose.yml its flags, its target or image, what it publishes and its networks, in the
    order of the file."""
    services = {}
    text = COMPOSE.read_text().partition("\nservices:\n")[2].partition("\nnetworks:\n")[0]
    for name, block in re.findall(r"^  (\w+):\n((?:    .*\n|\n)+)", text, re.MULTILINE):
        services[name] = {
            "flags": dict(re.findall(r"^      - --(\w+)(?:=(\S+))?$", block, re.MULTILINE)),
            "target": (re.search(r"target: ([\w-]+)\}", block) or re.search(r"image: (\S+)", block))[1],
            "ports": re.findall(r'ports: \["([^"]*)"\]', block),
            "networks": set((re.findall(r"networks: \[([^]]*)\]", block) or ["services"])[0].split(", ")),
        }
    return services


def docker_targets():
    """Each stage of the Dockerfile as text."""
    return dict(re.findall(r"^FROM \S+ AS ([\w-]+)\n((?:(?!FROM ).*\n?)*)", DOCKERFILE.read_text(), re.MULTILINE))


class Composed(Distributed):
    """The six binaries with the flags of docker-compose.yml; only hosts, ports and directories are our own.

    `databases` has what stands for the containers `postgres` and `mongodb`: URLs by host.
    """

    name = "compose"

    def __init__(self, databases):
        super().__init__()
        self._databases = databases

    def start_service(self, service):
        argv = [BIN / f"overlock-{service}"]
        for flag, value in compose_services()[service]["flags"].items():
            if flag.endswith("_target"):
                value = f"127.0.0.1:{self._ports[value.partition(':')[0]]['listen']}"
            elif flag == f"{service}_listen":
                value = f"127.0.0.1:{self._ports.get(service, {}).get('listen', 0)}"
            elif flag.endswith("_listen"):
                value = "127.0.0.1:0"
            elif flag.endswith("_dir"):
                value = self.directory
            elif value and "://" in value:
                value = self._databases[re.fullmatch(r"\w+://(?:overlock@)?(postgres|mongodb)/(?:overlock)?", value)[1]]
            argv.append(f"--{flag}={value}" if value else f"--{flag}")
        started = Process(service, argv)
        self.processes[service] = started
        started.wait_until_ready()
        self._ports[service] = {"listen": started.port("ready" if service == "edge" else "grpc"),
                                "metrics": started.port("metrics")}
        return started


class ComposeTest(SystemTest):
    def composed(self):
        server = postgres.Postgres()
        self.addCleanup(server.remove)
        databases = {"postgres": server.start().create_database("overlock"), "mongodb": "mongodb://127.0.0.1:1/"}
        if mongodb.find_program() or os.environ.get("OVERLOCK_REQUIRE_MONGODB"):
            documents = mongodb.Mongodb().start()
            self.addCleanup(documents.stop)
            databases["mongodb"] = documents.uri
        return self.start(Composed(databases))

    @unittest.skipUnless(mongodb.find_program() or os.environ.get("OVERLOCK_REQUIRE_MONGODB"),
                         "SKIPPED: there is neither mongod nor FerretDB; tests/mongodb/build says why")
    def test_its_flags_serve_the_sample_application(self):
        topology = self.composed()
        topology.import_app(apps.sample_directory("first-look"), apps.app_id_of(apps.sample_directory("first-look")))
        for request in apps.sample_requests("first-look"):
            with self.subTest(request.name):
                self.assertExpected(request, request.send(topology.edge_port))

    def test_the_images_health_check_tells_ready_from_not_ready(self):
        topology = self.composed()
        for service in SERVICES:
            port = topology.processes[service].port("metrics")
            self.assertEqual(subprocess.run([HEALTHCHECK, str(port)], timeout=10, check=False).returncode, 0, service)
        grpc_port = topology.processes["config"].port("grpc")
        for port in (1, grpc_port):
            done = subprocess.run([HEALTHCHECK, str(port)], timeout=10, check=False, capture_output=True)
            self.assertNotEqual(done.returncode, 0, port)

    def test_only_the_edge_prometheus_and_grafana_are_published_and_only_to_this_machine(self):
        published = {name: service["ports"] for name, service in compose_services().items() if service["ports"]}
        self.assertEqual(published, {"edge": ["127.0.0.1:8080:8080"], "prometheus": ["127.0.0.1:9090:9090"],
                                     "grafana": ["127.0.0.1:3000:3000"]})

    def test_databases_without_passwords_are_reached_by_those_that_use_them_alone(self):
        on = {network: {name for name, service in compose_services().items() if network in service["networks"]}
              for network in ("sql", "documents")}
        self.assertEqual(on, {"sql": {"config", "validation", "auth", "postgres"}, "documents": {"executor", "mongodb"}})
        networks = COMPOSE.read_text().partition("\nnetworks:\n")[2].partition("\nvolumes:\n")[0]
        for network in ("services", "sql", "documents"):
            self.assertIn(f"  {network}: {{internal: true}}\n", networks)

    def test_prometheus_scrapes_every_service_where_it_serves_metrics_and_has_the_alerts(self):
        services = compose_services()
        ports = {name: services[name]["flags"][f"{name}_metrics_listen"].rpartition(":")[2] for name in SERVICES}
        targets = re.search(r"targets: \[([^]]*)\]", PROMETHEUS.read_text())[1].split(", ")
        self.assertEqual(dict(target.split(":") for target in targets), ports)
        for file, place in ((PROMETHEUS, "prometheus.yml"), (ALERTS, "alerts.yaml")):
            mount = f"./{file.relative_to(apps.REPOSITORY)}:/etc/prometheus/{place}:ro"
            self.assertTrue(file.is_file() and mount in COMPOSE.read_text(), mount)
        self.assertIn("rule_files: [alerts.yaml]", PROMETHEUS.read_text())

    def test_grafana_shows_the_dashboard_of_that_prometheus(self):
        provisioning = GRAFANA / "provisioning"
        port = compose_services()["prometheus"]["ports"][0].rpartition(":")[2]
        self.assertIn(f'url: "http://prometheus:{port}"', (provisioning / "datasources" / "prometheus.yml").read_text())
        folder = re.search(r"path: ([^}\s]+)", (provisioning / "dashboards" / "overlock.yml").read_text())[1]
        for file, place in ((provisioning, "/etc/grafana/provisioning"), (GRAFANA / "overlock.json", f"{folder}/overlock.json")):
            mount = f"./{file.relative_to(apps.REPOSITORY)}:{place}:ro"
            self.assertTrue(file.exists() and mount in COMPOSE.read_text(), mount)

    def test_each_service_listens_where_the_others_and_its_image_look_for_it(self):
        services = compose_services()
        self.assertEqual(list(services), [*SERVICES, "cli", "postgres", "mongodb", "prometheus", "grafana"])
        targets = docker_targets()
        self.assertIn(services["cli"]["target"], targets)
        for name in SERVICES:
            service = services[name]
            self.assertIn(service["target"], targets)
            stage = targets[service["target"]]
            listen = service["flags"][f"{name}_listen"].rpartition(":")[2]
            metrics = service["flags"][f"{name}_metrics_listen"].rpartition(":")[2]
            self.assertIn(f"EXPOSE {listen} {metrics}\n", stage)
            self.assertIn(f'["overlock-healthcheck", "{metrics}"]', stage)
            self.assertIn(f'ENTRYPOINT ["overlock-{name}"]', stage)
            for other, flags in ((other, each["flags"]) for other, each in services.items()):
                if f"{name}_target" in flags:
                    self.assertEqual(flags[f"{name}_target"], f"{name}:{listen}", other)

    def test_nothing_runs_as_root(self):
        for name, stage in docker_targets().items():
            if name in ("base", "build"):
                continue
            users = re.findall(r"^USER (\S+)$", stage, re.MULTILINE)
            self.assertEqual(users[-1:] or ["10001:10001"], ["10001:10001"], name)


if __name__ == "__main__":
    unittest.main()
