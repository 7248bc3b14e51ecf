#!/usr/bin/env python3
"""Another internal service that calls Overlock's admin RPCs, over mutual TLS and with an admin token.

Lists applications, and gives a secret of one a value from standard input: what a service that rotates credentials does.
The modules of overlock.* are made from protos/ (README.md).

    secrets_client.py apps
    secrets_client.py set-secret APP NAME < value
"""
import argparse
import json
import pathlib
import sys

import grpc

from overlock.config.v1 import admin_service_pb2, admin_service_pb2_grpc, config_service_pb2, config_service_pb2_grpc

DEADLINE_SECONDS = 20
# Calls that may be made twice without harm (the protos say which) are made again when a server is being restarted. A
# call of another method is not: it could have been carried out. All addresses of the target's name are used.
SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "healthCheckConfig": {"serviceName": ""},
    "methodConfig": [{
        "name": [{"service": "overlock.config.v1.ConfigService", "method": "ListApps"},
                 {"service": "overlock.config.v1.AdminService", "method": "ListSecrets"},
                 {"service": "overlock.config.v1.AdminService", "method": "UpdateSecret"}],
        "retryPolicy": {"maxAttempts": 4, "initialBackoff": "0.2s", "maxBackoff": "2s", "backoffMultiplier": 2,
                        "retryableStatusCodes": ["UNAVAILABLE"]},
    }],
    "retryThrottling": {"maxTokens": 10, "tokenRatio": 0.1},
}
# Servers allow a ping every 10 s.
OPTIONS = [("grpc.service_config", json.dumps(SERVICE_CONFIG)), ("grpc.keepalive_time_ms", 20_000),
           ("grpc.keepalive_timeout_ms", 5_000), ("grpc.http2.max_pings_without_data", 0)]


class Token(grpc.AuthMetadataPlugin):
    """Sends the token with every call. The file is read each time, so that a new token needs no restart."""

    def __init__(self, file):
        self._file = pathlib.Path(file)

    def __call__(self, _context, callback):
        try:
            callback([("authorization", f"Bearer {self._file.read_text().strip()}")], None)
        except OSError as error:
            callback([], error)


def connect(options):
    """A channel over mutual TLS 1.3: the certificate says who we are, the token what we may do."""
    read = lambda name: pathlib.Path(name).read_bytes()
    tls = grpc.ssl_channel_credentials(read(options.ca), read(options.key), read(options.cert))
    token = grpc.metadata_call_credentials(Token(options.token_file))
    return grpc.secure_channel(options.target, grpc.composite_channel_credentials(tls, token), options=OPTIONS)


def list_apps(channel):
    """Every application that the token may see, page by page."""
    stub = config_service_pb2_grpc.ConfigServiceStub(channel)
    request = config_service_pb2.ListAppsRequest(page_size=100)
    while True:
        answer = stub.ListApps(request, timeout=DEADLINE_SECONDS)
        yield from answer.apps
        if not answer.next_page_token:
            return
        request.page_token = answer.next_page_token


def set_secret(channel, app, name, value):
    """Changes the secret, or makes it if it is not there. Says which."""
    stub = admin_service_pb2_grpc.AdminServiceStub(channel)
    try:
        stub.UpdateSecret(admin_service_pb2.UpdateSecretRequest(app_id=app, name=name, value=value),
                          timeout=DEADLINE_SECONDS)
        return "changed"
    except grpc.RpcError as error:
        # NOT_FOUND may also mean the application; then this says so.
        if error.code() != grpc.StatusCode.NOT_FOUND:
            raise
    stub.CreateSecret(admin_service_pb2.CreateSecretRequest(app_id=app, name=name, value=value),
                      timeout=DEADLINE_SECONDS)
    return "made"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--target", default="dns:///overlock-config:9001", help="where config is")
    for name, what in (("cert", "our certificate"), ("key", "its private key"), ("ca", "whom we trust")):
        parser.add_argument(f"--{name}", required=True, help=f"PEM file: {what}")
    parser.add_argument("--token-file", required=True, help="file with an admin token")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("apps")
    secret = commands.add_parser("set-secret")
    secret.add_argument("app")
    secret.add_argument("name")
    options = parser.parse_args()
    try:
        with connect(options) as channel:
            if options.command == "apps":
                for app in list_apps(channel):
                    print(app.app.app_id)
            else:
                print(set_secret(channel, options.app, options.name, sys.stdin.read().rstrip("\n")))
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")


if __name__ == "__main__":
    main()
