// A server that speaks MongoDB's protocol over SQLite, for tests on machines without mongod.
//
// It listens on the Unix socket `mongodb.sock` in -directory and keeps its data there. With -certificate and -key it
// serves TLS too, at an address of 127.0.0.1 that it writes into `tls-address`.
package main

import (
	"context"
	"flag"
	"log"
	"log/slog"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	directory := flag.String("directory", "", "where data and socket are; must exist")
	certificate := flag.String("certificate", "", "PEM file; empty for no TLS")
	key := flag.String("key", "", "PEM file of its key")
	flag.Parse()
	if err := serve(*directory, *certificate, *key); err != nil {
		log.Fatal(err)
	}
}

func serve(directory, certificate, key string) error {
	data := filepath.Join(directory, "data")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return err
	}
	socket := filepath.Join(directory, "mongodb.sock")
	if err := os.Remove(socket); err != nil && !os.IsNotExist(err) {
		return err
	}
	config := &ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{Unix: socket},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Handler:   "sqlite",
		SQLiteURL: "file:" + data + "/",
	}
	if certificate != "" {
		config.Listener.TLS = "127.0.0.1:0"
		config.Listener.TLSCertFile = certificate
		config.Listener.TLSKeyFile = key
	}
	server, err := ferretdb.New(config)
	if err != nil {
		return err
	}
	if certificate != "" {
		if err := writeAddress(server, filepath.Join(directory, "tls-address")); err != nil {
			return err
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	return server.Run(ctx)
}

// Readers of the file never see half an address.
func writeAddress(server *ferretdb.FerretDB, file string) error {
	uri, err := url.Parse(server.MongoDBURI())
	if err != nil {
		return err
	}
	if err := os.WriteFile(file+".new", []byte(uri.Host), 0o600); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}
