package emulator_test

import (
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// What is known of a template that stops the start may be why.
func TestWarningsBeforeAnErrorAreTold(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "template.yaml")
	write(t, file, `resources: {}
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {ProtocolType: WEBSOCKET, RouteSelectionExpression: x}}
  Fn: {Type: AWS::Serverless::Function, Properties: {Timeot: 3}}
  Fn: {Type: AWS::SNS::Topic}
`)
	var log strings.Builder
	e, err := emulator.Start(t.Context(), emulator.Options{Template: file, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if err == nil {
		e.Close()
		t.Fatal("a template without a stage started")
	}
	for _, want := range []string{
		`msg="about the template" line=1 reason="a template has no \"resources\", which is read over; did you mean Resources?"`,
		`msg="about the template" resource=Fn line=5 reason="key \"Fn\" is there twice`,
	} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("%v; the log has no %s:\n%s", err, want, log.String())
		}
	}
}
