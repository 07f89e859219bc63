package emulator

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/parley-rtc/parley/localdev/internal/dynamo"
)

// engine is the one that localdev runs, once it does.
type engine struct {
	mu     sync.Mutex
	runs   *dynamo.Engine
	closed bool
}

// set takes an engine that runs. After Close it ends it.
func (e *engine) set(runs *dynamo.Engine) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		runs.Close()
		return
	}
	e.runs = runs
}

// Close ends the engine, if there is one.
func (e *engine) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	if e.runs != nil {
		e.runs.Close()
	}
}

// startDynamoDB creates the template's tables. Without any there is no engine before somebody asks
// for it.
func (e *Emulator) startDynamoDB(ctx context.Context) error {
	e.http = &http.Transport{MaxIdleConns: 256, MaxIdleConnsPerHost: 256, DisableCompression: true}
	client := &http.Client{Transport: e.http}
	address := e.opt.DynamoDB
	switch {
	case address != "":
	case len(e.stack.Tables) > 0:
		host, err := e.startEngine(ctx)
		if err != nil {
			return err
		}
		address = "http://" + host
	default:
		e.early.Close()
		client.Transport = &dynamo.Lazy{Next: e.http, Start: func(context.Context) (string, error) {
			return e.startEngine(e.background) // whoever asked first may have no patience
		}}
		address = "http://dynamodb"
	}
	address = strings.TrimSuffix(address, "/")
	e.tables = &dynamo.Client{URL: address, Region: e.stack.Region, HTTP: client}
	e.proxy = &dynamo.Proxy{
		URL: address, HTTP: client, Meter: e.meter, OfInit: e.keys.OfInit, Span: e.keys.Span,
		Refuse: e.refuseDynamoDB, Log: e.log,
	}
	e.proxy.Storm.Weather, e.proxy.Storm.Tables = e.weather, e.tables
	e.proxy.Heat.Clock, e.proxy.Heat.Log = &e.clock, e.log
	if err := e.tables.CreateTables(ctx, e.stack.Tables); err != nil {
		if e.opt.DynamoDB != "" {
			return fmt.Errorf("-dynamodb %s: %w; does a DynamoDB listen there?", e.opt.DynamoDB, err)
		}
		return err
	}
	return nil
}

// startEngine starts the engine and returns its host:port.
func (e *Emulator) startEngine(ctx context.Context) (host string, err error) {
	runs := e.early.take(ctx)
	if runs == nil {
		folder := filepath.Dir(e.stack.Path)
		binary, err := dynamo.Find(ctx, e.starter, os.Getenv, engineDirs(folder), e.log)
		if err != nil {
			return "", err
		}
		if runs, err = dynamo.Start(ctx, e.starter, binary, e.opt.Data, e.log); err != nil {
			return "", err
		}
	}
	e.engine.set(runs)
	at, err := url.Parse(runs.URL)
	if err != nil {
		return "", err
	}
	return at.Host, nil
}
