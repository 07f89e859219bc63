package emulator_test

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/emulator"
)

// mockTemplate has an API and nothing else.
const mockTemplate = `
Resources:
  Api: {Type: AWS::ApiGatewayV2::Api, Properties: {Name: a, ProtocolType: WEBSOCKET, RouteSelectionExpression: $request.body.action}}
  Stage: {Type: AWS::ApiGatewayV2::Stage, Properties: {ApiId: !Ref Api, StageName: dev, AutoDeploy: true}}
  Integration: {Type: AWS::ApiGatewayV2::Integration, Properties: {ApiId: !Ref Api, IntegrationType: MOCK}}
  Default: {Type: AWS::ApiGatewayV2::Route, Properties: {ApiId: !Ref Api, RouteKey: $default, Target: !Sub "integrations/${Integration}"}}
`

func TestEngineStartsWhenThereIsNeedOfIt(t *testing.T) {
	t.Setenv("DYNOXIDE_BIN", "/no/such/engine")
	file := filepath.Join(t.TempDir(), "template.yaml")
	write(t, file, mockTemplate)
	w := start(t, func(o *emulator.Options) { o.Template = file })
	list := func() (int, string) {
		resp, body := w.http(http.MethodPost, "/", `{}`, "X-Amz-Target", "DynamoDB_20120810.ListTables",
			"Content-Type", "application/x-amz-json-1.0", "Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/dynamodb/aws4_request, "+
				"SignedHeaders=host, Signature=00", "X-Amz-Date", "20260101T000000Z")
		return resp.StatusCode, body
	}
	if status, body := list(); status != http.StatusInternalServerError || !strings.Contains(body, "InternalServerError") {
		t.Errorf("without an engine: got %d %s", status, body)
	}
	if got := w.log.String(); !strings.Contains(got, "DYNOXIDE_BIN=/no/such/engine") {
		t.Errorf("the log does not say why there is no engine: %s", got)
	}
	t.Setenv("DYNOXIDE_BIN", "")
	if status, body := list(); status != http.StatusOK || body != `{"TableNames":[]}` {
		t.Errorf("with one: got %d %s", status, body)
	}
}
