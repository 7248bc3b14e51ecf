"""Values that must not be accepted, and that it is said why."""
import unittest

import chart

GOOD = {"sealKeys": {"secret": "keys"}, "database": {"secret": "databases"},
        "networkPolicy": {"postgresql": {"to": [{"ipBlock": {"cidr": "10.0.0.1/32"}}]}}}
SQLITE = {"database": {"type": "sqlite"}}

# What is laid over GOOD, and what the message must name.
REFUSED = [
    ({"replicas": 3}, "replicas"),
    ({"edge": {"replica": 3}}, "replica"),
    ({"tracing": {"otlpUrl": "https://user:password@collector/v1/traces"}}, "otlpUrl"),
    ({"tracing": {"sampleRatio": 2}}, "sampleRatio"),
    ({"edge": {"replicas": 0}}, "replicas"),
    ({"edge": {"replicas": "3"}}, "replicas"),
    ({"edge": {"resources": {"requests": {"cpu": None}}}}, "cpu"),
    ({"edge": {"resources": {"limits": {"memory": "much"}}}}, "memory"),
    ({"edge": {"flags": {"edge-connections-max": 1}}}, "edge-connections-max"),
    ({"edge": {"flags": {"edge_listen": "0.0.0.0:1"}}}, "edge_listen"),
    ({"config": {"flags": {"config_database": "postgresql://me:secret@host/db"}}}, "config_database"),
    ({"executor": {"flags": {"executor_mongodb_uri": "mongodb://me:secret@host"}}}, "executor_mongodb_uri"),
    ({"executor": {"flags": {"insecure": True}}}, "insecure"),
    ({"edge": {"image": {"digest": "latest"}}}, "digest"),
    ({"edge": {"publicUrl": "hooks.example.com"}}, "publicUrl"),
    ({"edge": {"ingress": {"enabled": True}}}, "hosts"),
    ({"edge": {"httpRoute": {"enabled": True}}}, "parentRefs"),
    ({"edge": {"replicas": 3, "autoscaling": {"enabled": True}}}, "replicas"),
    ({"edge": {"podDisruptionBudget": {"maxUnavailable": 0}}}, "maxUnavailable"),
    ({"executor": {"replicas": 2, "embeddedDatabase": {"enabled": True}}}, "replicas"),
    ({"executor": {"autoscaling": {"enabled": True}, "embeddedDatabase": {"enabled": True}}}, "enabled"),
    ({"executor": {"workers": 0}}, "workers"),
    ({"executor": {"httpAllow": ["a,b"]}}, "httpAllow"),
    ({**SQLITE, "config": {"replicas": 2}}, "replicas"),
    ({**SQLITE, "auth": {"replicas": 2}}, "replicas"),
    ({**SQLITE, "validation": {"replicas": 2}}, "replicas"),
    ({"edge": {"podLabels": {"app.kubernetes.io/component": "auth"}}}, "component"),
    ({"pod": {"labels": {"app.kubernetes.io/instance": "mine"}}}, "instance"),
    ({"validation": {"deliveries": "memory", "replicas": 2}}, "replicas"),
    ({"database": {"type": "mysql"}}, "type"),
    ({"database": {"secret": ""}}, "database.secret"),
    ({"sealKeys": {"secret": ""}}, "sealKeys.secret"),
    ({"networkPolicy": {"postgresql": {"to": []}}}, "networkPolicy.postgresql.to"),
    ({"networkPolicy": {"admins": {"from": [{}]}}}, "from"),
    ({"networkPolicy": {"admins": {"from": [{"ipBlock": {"cidr": "10.0.0.1"}}]}}}, "cidr"),
    ({"tls": {"certManager": {"enabled": False}}}, "tls.secrets"),
    ({"tls": {"certManager": {"clients": [{"name": "executor"}]}}}, "name"),
    ({"tls": {"certManager": {"clients": [{"name": "overlock-config"}]}}}, "name"),
    ({"tls": {"certManager": {"clients": [{"name": "config.example.com"}]}}}, "name"),
    ({"pod": {"runAsUser": 0}}, "runAsUser"),
    ({"logLevel": "verbose"}, "logLevel"),
    ({"drainSeconds": 0}, "drainSeconds"),
    ({"preStopSeconds": -1}, "preStopSeconds"),
]


def laid_over(values, change):
    """The mapping with those entries changed, at every depth."""
    both = dict(values)
    for key, value in change.items():
        both[key] = laid_over(both.get(key, {}), value) if isinstance(value, dict) else value
    return both


class RefusedTest(unittest.TestCase):
    def test_what_the_others_are_laid_over_is_accepted(self):
        done = chart.run(GOOD)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_each_is_refused_and_named(self):
        for change, named in REFUSED:
            with self.subTest(change):
                done = chart.run(laid_over(GOOD, change))
                self.assertNotEqual(done.returncode, 0, "was accepted")
                self.assertIn(named, done.stderr)

    def test_nothing_is_installed_by_chance_without_values(self):
        done = chart.run({})
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("networkPolicy.postgresql.to", done.stderr)


if __name__ == "__main__":
    unittest.main()
