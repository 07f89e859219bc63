package emulator_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

const screenTemplate = `Transform: AWS::Serverless-2016-10-31
Resources:
  ChatApi: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref ChatApi, StageName: dev, AutoDeploy: true}}
  Lobby: {Type: AWS::ApiGatewayV2::Authorizer, Properties: {ApiId: !Ref ChatApi, Name: l, AuthorizerType: REQUEST,
	AuthorizerUri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Guard.Arn}/invocations"}}
  ToChat: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref ChatApi, IntegrationType: AWS_PROXY,
	IntegrationUri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Chat.Arn}/invocations"}}
  ToReport: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref ChatApi, IntegrationType: AWS_PROXY,
	IntegrationUri: !Sub "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Report.Arn}/invocations"}}
  Mock: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref ChatApi, IntegrationType: MOCK}}
  Connect: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref ChatApi, RouteKey: $connect, Target: !Sub "integrations/${ToChat}",
	AuthorizationType: CUSTOM, AuthorizerId: !Ref Lobby}}
  Default: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref ChatApi, RouteKey: $default, Target: !Sub "integrations/${ToChat}"}}
  Rename: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref ChatApi, RouteKey: rename, Target: !Sub "integrations/${ToChat}"}}
  Ping: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref ChatApi, RouteKey: ping, Target: !Sub "integrations/${Mock}"}}
  Sum: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref ChatApi, RouteKey: sum, Target: !Sub "integrations/${ToReport}"}}
  Chat: {Type: AWS::Serverless::Function, Properties: {CodeUri: chat, Handler: index.handler, Runtime: nodejs22.x}}
  Guard: {Type: AWS::Serverless::Function, Properties: {CodeUri: guard, Handler: bootstrap, Runtime: provided.al2023}}
  Report: {Type: AWS::Serverless::Function, Properties: {CodeUri: report, Handler: app.handler, Runtime: java21}}
  Zipped: {Type: AWS::Serverless::Function, Properties: {CodeUri: asset.0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef.zip, Handler: bootstrap, Runtime: provided.al2023}}
  Rooms: {Type: AWS::Serverless::SimpleTable}
  Pictures: {Type: AWS::S3::Bucket}
`

func TestScreen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	template := screenTemplate
	for i := range 20 {
		template += fmt.Sprintf("  Queue%d: {Type: AWS::SQS::Queue}\n", i)
	}
	write(t, filepath.Join(dir, "template.yaml"), template)
	write(t, filepath.Join(dir, "chat", "index.js"), "exports.handler = async () => ({ statusCode: 200 })\n")
	write(t, filepath.Join(dir, "guard", "run.sh"), "")
	write(t, filepath.Join(dir, "web", "index.html"), "")
	write(t, filepath.Join(dir, "report", "App.java"), "")
	write(t, filepath.Join(dir, "asset."+strings.Repeat("0123456789abcdef", 4)+".zip"), archive(t, map[string]string{"bootstrap": "#!/bin/sh\n"}))
	var screen strings.Builder
	w := start(t, func(o *emulator.Options) {
		o.Template, o.Screen = filepath.Join(dir, "template.yaml"), &screen
		o.Exec = map[string]string{"Guard": "sh run.sh"}
	})
	got := strings.NewReplacer(dir, "DIR", w.Addr, "ADDRESS").Replace(screen.String())
	got = regexp.MustCompile(`node \d+\.\d+\.\d+`).ReplaceAllString(got, "node VERSION")
	got = regexp.MustCompile(`(?m) {2,}([^ ])`).ReplaceAllString(got, "  $1") // columns are as wide as what is in them
	const want = `localdev runs DIR/template.yaml

Functions
  Chat  node VERSION for nodejs22.x  DIR/chat
  Guard  -exec sh run.sh  DIR/guard
  Report  does not run: localdev runs no java21 by itself
  Zipped  bootstrap  DIR/asset.01234567….zip

ChatApi at ws://ADDRESS/dev
  $connect  Chat, if Guard lets it
  $default, rename  Chat
  ping  MOCK
  sum  Report

Tables, in memory
  Rooms

Not emulated
  S3::Bucket, SQS::Queue (20)

Try it  wscat -c ws://ADDRESS/dev
See it  http://ADDRESS/_localdev/
Open it  http://ADDRESS/

`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	log := w.log.String()
	if got := strings.Count(log, "SQS"); got != 1 {
		t.Errorf("the log has %d lines on 20 queues, want one:\n%s", got, log)
	}
	for _, want := range []string{
		`resource="Queue0, Queue1, Queue2, Queue3, Queue4 and 15 more" line="`,
		`resource=Report line=`, "localdev runs no java21 by itself: run it with -exec 'Report=COMMAND'",
	} {
		if !strings.Contains(log, want) {
			t.Errorf("the log has no %s:\n%s", want, log)
		}
	}
}
