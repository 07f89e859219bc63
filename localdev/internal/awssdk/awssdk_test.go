package awssdk_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/parley-rtc/parley/localdev/internal/awssdk"
	"github.com/parley-rtc/parley/localdev/internal/npm"
	"github.com/parley-rtc/parley/localdev/internal/proc"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lay writes files, paths and contents.
func lay(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(dir, filepath.FromSlash(files[i]))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestMissing(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		handler, runtime, want string
		files                  []string
	}{
		"an ES module": {"index.handler", "nodejs22.x", "@aws-sdk/client-s3 @aws-sdk/lib-dynamodb", []string{
			"index.mjs", `import { S3 } from '@aws-sdk/client-s3'; export const handler = async () => import("@aws-sdk/lib-dynamodb/dist/x.js")`,
		}},
		"CommonJS, by other files": {"src/app.handler", "nodejs18.x", "@aws-sdk/client-sqs @smithy/types", []string{
			"src/app.js", `require('../lib/queue')`, "lib/queue/index.js", `const a = require("@aws-sdk/client-sqs"), b = require('@smithy/types')`,
		}},
		"by a package": {"index.handler", "nodejs22.x", "@aws-sdk/client-ssm", []string{
			"index.js", `require('parameters')`, "node_modules/parameters/index.js", `require('@aws-sdk/client-ssm')`,
		}},
		"what a bundler left out": {"index.handler", "nodejs22.x", "@aws-sdk/client-s3", []string{
			"index.js", `"use strict";var a=require("@aws-sdk/client-s3");module.exports={handler:async()=>a}`,
		}},
		"an ES module of a bundler": {"index.handler", "nodejs22.x", "@aws-sdk/client-s3 @aws-sdk/client-sqs", []string{
			"index.mjs", `import { createRequire } from 'module'; const require = createRequire(import.meta.url);
				var __require = name => require(name); require("@aws-sdk/client-s3"); __require("@aws-sdk/client-sqs")`,
		}},
		"what is in a comment or in a text": {"index.handler", "nodejs22.x", "", []string{
			"index.js", "// import { S3 } from '@aws-sdk/client-s3'\nexports.text = 'needs @aws-sdk/client-s3'",
		}},
		"what is there": {"index.handler", "nodejs22.x", "", []string{
			"index.mjs", `import '@aws-sdk/client-s3'`, "node_modules/@aws-sdk/client-s3/index.js", "",
		}},
		"what is in a layer": {"index.handler", "nodejs22.x", "", []string{
			"index.mjs", `import '@aws-sdk/client-s3'`, "layer/nodejs/node_modules/@aws-sdk/client-s3/index.js", "",
		}},
		"version 2 where Lambda has it":         {"index.handler", "nodejs16.x", "aws-sdk", []string{"index.js", `require('aws-sdk/clients/s3')`}},
		"version 2 where Lambda has it no more": {"index.handler", "nodejs18.x", " and not aws-sdk", []string{"index.js", `require('aws-sdk')`}},
		"version 2 that a package may do without": {"index.handler", "nodejs18.x", "", []string{
			"index.js", `require('tracer')`, "node_modules/tracer/index.js", `try { require('aws-sdk') } catch {}`,
		}},
		"version 3 where Lambda has it not yet":    {"index.handler", "nodejs16.x", " and not @aws-sdk/client-s3", []string{"index.mjs", `import '@aws-sdk/client-s3'`}},
		"a package that Lambda has not":            {"index.handler", "nodejs22.x", "", []string{"index.js", `require('left-pad')`}},
		"beside what cannot be read":               {"index.handler", "nodejs22.x", "@aws-sdk/client-s3", []string{"index.js", `require('@aws-sdk/client-s3'); require('./broken')`, "broken.js", "{"}},
		"a handler that is not there":              {"other.handler", "nodejs22.x", "", []string{"index.js", `require('@aws-sdk/client-s3')`}},
		"a handler of a folder that has it beside": {"app.handler", "nodejs22.x", "@aws-sdk/client-s3", []string{"app/index.js", `require('@aws-sdk/client-s3')`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := lay(t, tt.files...)
			brought, gone := awssdk.Missing(dir, tt.handler, tt.runtime, []string{filepath.Join(dir, "layer")})
			got := strings.Join(brought, " ")
			if len(gone) > 0 {
				got += " and not " + strings.Join(gone, " ")
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// npm on PATH is a script here, as tests fetch nothing.
func TestInstall(t *testing.T) {
	starter := proc.NewStarter()
	defer starter.Close()
	bin := t.TempDir()
	t.Setenv("PATH", bin+string(os.PathListSeparator)+os.Getenv("PATH"))
	script := func(text string) {
		if err := os.WriteFile(filepath.Join(bin, "npm"), []byte("#!/bin/sh\n"+text+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	packages := []string{"@aws-sdk/client-s3", "@aws-sdk/client-sqs"}
	folder, installed := awssdk.Folder(t.TempDir(), packages)
	if installed {
		t.Fatal("it is there before anybody fetched it")
	}

	script("echo no network >&2; exit 7")
	if err := awssdk.Install(t.Context(), starter, folder, packages); err == nil ||
		!strings.Contains(err.Error(), "npm install: exit status 7: no network") {
		t.Errorf("got %v", err)
	}
	script("echo npm error code E404; exit 1")
	if err := awssdk.Install(t.Context(), starter, folder, packages); !errors.Is(err, npm.ErrUnknown) {
		t.Errorf("got %v of a package that is none", err)
	}
	script("mkdir -p node_modules && cat package.json > node_modules/asked && echo $* >> node_modules/asked")
	if err := awssdk.Install(t.Context(), starter, folder, packages); err != nil {
		t.Fatal(err)
	}
	asked, err := os.ReadFile(filepath.Join(folder, "node_modules", "asked"))
	if err != nil || !strings.Contains(string(asked), "install --no-package-lock --no-save @aws-sdk/client-s3 @aws-sdk/client-sqs --ignore-scripts") {
		t.Errorf("npm was asked for %s, %v", asked, err)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, ".install-*")); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	script("sleep 600")
	if err := awssdk.Install(ended, starter, t.TempDir(), packages); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v of a start that ended", err)
	}
	t.Setenv("PATH", t.TempDir())
	if err := awssdk.Install(t.Context(), starter, folder, packages); !errors.Is(err, npm.ErrNone) {
		t.Errorf("got %v without npm", err)
	}
}
