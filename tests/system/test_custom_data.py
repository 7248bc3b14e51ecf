"""Custom data of users: from a document that a function writes to `context.user.custom_data` and `%%user.custom_data`."""
import json
import unittest

import apps
import client
import harness
from cli import CliTest
from process import wait_until

MEMBERS = "context.services.get('mongodb-atlas').db('people').collection('members')"
WHO = "exports = () => [context.user.id, context.user.custom_data];"
LOGIN = {"run_as_authed_user": True}
FETCH = {**LOGIN, "fetch_custom_user_data": True}
IS_ADMIN = {"can_evaluate": {"%%user.custom_data.role": "admin"}}
HOOKS = {
    "write": f"""exports = ({{query}}) => {MEMBERS}.updateOne(
  {{_id: 1}}, {{$set: {{user: query.user, role: query.role, since: new Date(0)}}}}, {{upsert: true}});""",
    "remove": f"exports = () => {MEMBERS}.deleteMany({{}});",
    "who": {"source": WHO, **FETCH},
    "plain": {"source": WHO, **LOGIN},
    "admins": {"source": WHO, **FETCH, **IS_ADMIN},
    "plain_admins": {"source": WHO, **LOGIN, **IS_ADMIN},
    "direct": {"source": f"""exports = async () => {{
  try {{ return await {MEMBERS}.findOne({{}}); }} catch (error) {{ return error.message; }}
}};""", **LOGIN},
}
WHERE = {"enabled": True, "mongo_service_name": "mongodb-atlas", "database_name": "people",
         "collection_name": "members", "user_id_field": "user"}
MONGODB = {"name": "mongodb-atlas", "type": "mongodb-atlas", "config": {}}
API_KEY = {"name": "api-key", "type": "api-key", "disabled": False}


def write_json(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


class CustomDataTest(CliTest):
    def import_hooks(self, where=WHERE):
        """An application of layout F1."""
        self.app_id = f"{self._testMethodName[5:25].lower()}-abcde"
        directory = apps.write_app(self.temporary_directory() / "app", self.app_id, HOOKS)
        root = json.loads((directory / "stitch.json").read_text())
        write_json(directory / "stitch.json", {**root, "custom_user_data_config": where})
        write_json(directory / "services" / "mongodb-atlas" / "config.json", MONGODB)
        write_json(directory / "auth_providers" / "api-key.json", API_KEY)
        self.import_as(directory)

    def import_as(self, directory):
        self.assertDone("import", directory)
        wait_until(lambda: self.topology.knows(self.app_id), 10, f"the edge knows {self.app_id}")

    def create_key(self, name):
        return self.assertDone("users", "api-keys", "create", name, "--app", self.app_id).strip()

    def send(self, hook, key=None, query=""):
        headers = [("api-key", key)] if key else []
        return self.topology.send("POST", client.hook_path(self.app_id, "s", hook) + query, headers)

    def ask(self, hook, key=None, query=""):
        answer = self.send(hook, key, query)
        self.assertEqual(answer.status, 200, answer.text())
        return json.loads(answer.body)


class CustomDataCases:
    """The cases; a class below adds the topology."""

    def test_AFunctionsDocumentIsItsUsersCustomData(self):
        self.import_hooks()
        key, other = self.create_key("ada"), self.create_key("bob")
        user, nothing = self.ask("who", key)
        self.assertEqual(nothing, {})
        for role in ("guest", "admin"):
            self.ask("write", query=f"?user={user}&role={role}")
            document = {"_id": {"$numberInt": "1"}, "user": user, "role": role,
                        "since": {"$date": {"$numberLong": "0"}}}
            self.assertEqual(self.ask("who", key), [user, document])
        self.assertEqual(self.ask("plain", key), [user, {}])
        self.assertEqual(self.ask("who", other)[1], {})
        self.assertIn("no rule exists", self.ask("direct", key))
        self.ask("remove")
        self.assertEqual(self.ask("who", key), [user, {}])

    def test_AnExpressionDecidesByThem(self):
        self.import_hooks()
        key = self.create_key("ada")
        user = self.ask("plain", key)[0]
        refused = (403, "FunctionExecutionError")
        self.assertRefused(self.send("admins", key), *refused)
        self.ask("write", query=f"?user={user}&role=guest")
        self.assertRefused(self.send("admins", key), *refused)
        self.ask("write", query=f"?user={user}&role=admin")
        self.assertEqual(self.ask("admins", key)[1]["role"], "admin")
        self.assertRefused(self.send("admins", self.create_key("bob")), *refused)
        self.assertRefused(self.send("plain_admins", key), *refused)
        self.ask("remove")
        self.assertRefused(self.send("admins", key), *refused)

    def test_NothingIsReadWhereTheApplicationSwitchesItOff(self):
        self.import_hooks({**WHERE, "enabled": False})
        key = self.create_key("ada")
        user = self.ask("plain", key)[0]
        self.ask("write", query=f"?user={user}&role=admin")
        self.assertEqual(self.ask("who", key), [user, {}])

    def test_AnEndpointOfLayoutF3HasThem(self):
        self.app_id = "custom-endpoint-abcde"
        directory = self.temporary_directory() / "app"
        write_json(directory / "realm_config.json",
                   {"app_id": self.app_id, "config_version": 20210101, "name": "custom-endpoint"})
        write_json(directory / "auth" / "providers.json", {"api-key": API_KEY})
        write_json(directory / "auth" / "custom_user_data.json", WHERE)
        write_json(directory / "data_sources" / "mongodb-atlas" / "config.json", MONGODB)
        write_json(directory / "functions" / "config.json", [
            {"name": "who", "private": False, **LOGIN, **IS_ADMIN},
            {"name": "write", "private": False, "run_as_system": True}])
        (directory / "functions" / "who.js").write_text(WHO)
        (directory / "functions" / "write.js").write_text(HOOKS["write"])
        write_json(directory / "http_endpoints" / "config.json", [
            {"route": f"/{name}", "http_method": "POST", "function_name": name, "respond_result": True,
             "validation_method": "NO_VALIDATION", "fetch_custom_user_data": name == "who"}
            for name in ("who", "write")])
        self.import_as(directory)
        key = self.create_key("ada")
        user = self.assertJson("users", "list", "--app", self.app_id)["users"][0]["id"]
        who = ("POST", client.endpoint_path(self.app_id, "/who"), [("apiKey", key)])
        self.assertRefused(self.topology.send(*who), 403, "FunctionExecutionError")
        query = f"?user={user}&role=admin"
        self.assertEqual(self.topology.send("POST", client.endpoint_path(self.app_id, "/write") + query).status, 200)
        answer = self.topology.send(*who)
        self.assertEqual(answer.status, 200, answer.text())
        self.assertEqual(json.loads(answer.body)[1]["role"], "admin")


class InOneProcess(CustomDataCases, CustomDataTest):
    pass


class InSixProcesses(CustomDataCases, CustomDataTest):
    topology_class = harness.Distributed


class WithoutDatabase(CustomDataTest):
    """Nothing listens where MongoDB should be."""

    @staticmethod
    def topology_class():
        return harness.AllInOne(flags=("--executor_mongodb_uri=mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200",))

    def test_WhoNeedsThemIsRefusedAndNobodyElse(self):
        self.import_hooks()
        key = self.create_key("ada")
        self.assertEqual(self.ask("plain", key)[1], {})
        for hook in ("who", "admins"):
            answer = self.send(hook, key)
            self.assertRefused(answer, 503, "InternalServerError")
            self.assertIn("the user's custom data cannot be read", answer.text())


if __name__ == "__main__":
    unittest.main()
