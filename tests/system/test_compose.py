"""docker-compose.yml and deploy/Dockerfile, as far as they can be checked where there is no Docker."""
import re
import subprocess
import unittest

import apps
from harness import SERVICES, Distributed, SystemTest
from process import BIN, Process

COMPOSE = apps.REPOSITORY / "docker-compose.yml"
DOCKERFILE = apps.REPOSITORY / "deploy" / "Dockerfile"
HEALTHCHECK = apps.REPOSITORY / "deploy" / "healthcheck"


def compose_services():
    """Of each service in docker-compose.yml its flags, its target and what it publishes, in the order of the file."""
    services = {}
    text = COMPOSE.read_text().partition("\nservices:\n")[2].partition("\nnetworks:\n")[0]
    for name, block in re.findall(r"^  (\w+):\n((?:    .*\n|\n)+)", text, re.MULTILINE):
        services[name] = {
            "flags": dict(re.findall(r"^      - --(\w+)(?:=(\S+))?$", block, re.MULTILINE)),
            "target": re.search(r"target: ([\w-]+)\}", block)[1],
            "ports": re.findall(r'ports: \["([^"]*)"\]', block),
        }
    return services


def docker_targets():
    """Each stage of the Dockerfile as text."""
    return dict(re.findall(r"^FROM \S+ AS ([\w-]+)\n((?:(?!FROM ).*\n?)*)", DOCKERFILE.read_text(), re.MULTILINE))


class Composed(Distributed):
    """The six binaries with the flags of docker-compose.yml; only hosts, ports and directories are our own."""

    name = "compose"

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
            elif flag == "executor_database":
                value = self.directory / "data.db"
            argv.append(f"--{flag}={value}" if value else f"--{flag}")
        started = Process(service, argv)
        self.processes[service] = started
        started.wait_until_ready()
        self._ports[service] = {"listen": started.port("ready" if service == "edge" else "grpc"),
                                "metrics": started.port("metrics")}
        return started


class ComposeTest(SystemTest):
    def test_its_flags_serve_the_sample_application(self):
        topology = self.start(Composed())
        topology.import_app(apps.sample_directory("first-look"), apps.app_id_of(apps.sample_directory("first-look")))
        for request in apps.sample_requests("first-look"):
            with self.subTest(request.name):
                self.assertExpected(request, request.send(topology.edge_port))

    def test_the_images_health_check_tells_ready_from_not_ready(self):
        topology = self.start(Composed())
        for service in SERVICES:
            port = topology.processes[service].port("metrics")
            self.assertEqual(subprocess.run([HEALTHCHECK, str(port)], timeout=10, check=False).returncode, 0, service)
        grpc_port = topology.processes["config"].port("grpc")
        for port in (1, grpc_port):
            done = subprocess.run([HEALTHCHECK, str(port)], timeout=10, check=False, capture_output=True)
            self.assertNotEqual(done.returncode, 0, port)

    def test_only_the_edge_is_published_and_only_to_this_machine(self):
        published = {name: service["ports"] for name, service in compose_services().items() if service["ports"]}
        self.assertEqual(published, {"edge": ["127.0.0.1:8080:8080"]})

    def test_each_service_listens_where_the_others_and_its_image_look_for_it(self):
        services = compose_services()
        self.assertEqual([name for name in services if name != "cli"], list(SERVICES))
        targets = docker_targets()
        for name, service in services.items():
            self.assertIn(service["target"], targets)
            if name == "cli":
                continue
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
            if name != "build":
                users = re.findall(r"^USER (\S+)$", stage, re.MULTILINE)
                self.assertEqual(users[-1:] or ["overlock"], ["overlock"], name)


if __name__ == "__main__":
    unittest.main()
