package infra_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/jsii-runtime-go"

	"github.com/parley-rtc/parley/infra"
)

// The CDK's Node process ends by itself with the test's. Ending it with jsii.Close waits for it twice at once, which the
// race detector does not let pass (jsii-runtime-go v1.139.0).

// assets is a folder as `make build` writes it. What is in it does not matter here.
func assets(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"connect", "disconnect", "message"} {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name, "bootstrap"), []byte("#!/bin/sh\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// synth synthesises the stack with those settings of the context into a folder, which it returns.
func synth(t *testing.T, context map[string]any) (folder string, err error) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "cdk.out")
	app := awscdk.NewApp(&awscdk.AppProps{Outdir: &folder, Context: &context, AnalyticsReporting: jsii.Bool(false)})
	settings, err := infra.FromContext(app)
	if err != nil {
		return "", err
	}
	settings.Assets = assets(t)
	infra.NewStack(app, settings)
	app.Synth(nil)
	return folder, nil
}

// template is the synthesised one.
func template(t *testing.T, context map[string]any) document {
	t.Helper()
	folder, err := synth(t, context)
	if err != nil {
		t.Fatal(err)
	}
	return written(t, folder)
}

// written is the template of the stack Parley in a folder.
func written(t *testing.T, folder string) document {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(folder, "Parley.template.json"))
	if err != nil {
		t.Fatal(err)
	}
	return fromJSON(t, raw)
}
