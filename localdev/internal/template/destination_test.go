package template_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/parley-rtc/parley/localdev/internal/template"
)

// What deploys a template knows the region and the account that it wrote into it.
func TestDestination(t *testing.T) {
	t.Parallel()
	const text = `{"Resources": {"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "WEBSOCKET",
		"RouteSelectionExpression": "$request.body.action"}}, "Stage": {"Type": "AWS::ApiGatewayV2::Stage",
		"Properties": {"ApiId": {"Ref": "Api"}, "StageName": "dev", "AutoDeploy": true}}}}`
	manifest := func(environment string) string {
		return `{"artifacts": {"S": {"type": "aws:cloudformation:stack", "environment": "` + environment +
			`", "properties": {"templateFile": "template.json"}}}}`
	}
	const state = "serverless-state.json"
	for name, tt := range map[string]struct {
		beside, content         string
		opt                     template.Options
		wantRegion, wantAccount string
	}{
		"nothing":            {"", "", template.Options{}, "us-east-1", "123456789012"},
		"the CDK":            {"manifest.json", manifest("aws://111122223333/eu-west-1"), template.Options{}, "eu-west-1", "111122223333"},
		"the CDK, anywhere":  {"manifest.json", manifest("aws://unknown-account/unknown-region"), template.Options{}, "us-east-1", "123456789012"},
		"Serverless":         {state, `{"service": {"provider": {"region": "eu-central-1"}}}`, template.Options{}, "eu-central-1", "123456789012"},
		"Serverless, a name": {state, `{"service": {"provider": {"region": "${opt:region}"}}}`, template.Options{}, "us-east-1", "123456789012"},
		"SAM":                {"", "", template.Options{LikelyRegion: "ap-south-1"}, "ap-south-1", "123456789012"},
		"whoever starts it": {
			"manifest.json", manifest("aws://111122223333/eu-west-1"), template.Options{Region: "us-gov-west-1"}, "us-gov-west-1", "111122223333",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			files := map[string]string{"template.json": text}
			if tt.beside != "" {
				files[tt.beside] = tt.content
			}
			for name, content := range files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			stack, err := template.Load(filepath.Join(dir, "template.json"), tt.opt)
			if err != nil {
				t.Fatal(err)
			}
			if stack.Region != tt.wantRegion || stack.AccountID != tt.wantAccount {
				t.Errorf("got %s, %s, want %s, %s", stack.Region, stack.AccountID, tt.wantRegion, tt.wantAccount)
			}
		})
	}
	_, err := template.Load("template.json", template.Options{Region: "Frankfurt"})
	if err == nil || !strings.Contains(err.Error(), "eu-central-1") {
		t.Errorf("got %v, want what a region looks like", err)
	}
}
