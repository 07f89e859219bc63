package template_test

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parley-rtc/parley/localdev/internal/template"
)

func TestLoadErrorHasAPlace(t *testing.T) {
	t.Parallel()
	file := write(t, "template.yaml", "Resources:\n  A:\n    Type: Nonsense\n")
	_, err := template.Load(file, template.Options{})
	var e *template.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %T %v, want a *template.Error", err, err)
	}
	if e.Path != file || e.Line != 3 || e.Column != 11 {
		t.Errorf("got %s:%d:%d, want %s:3:11", e.Path, e.Line, e.Column, file)
	}
}

func TestLoadOfWhatIsNoTemplate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	big := write(t, "big.yaml", "Description: "+strings.Repeat("x", 1<<20))
	twins := t.TempDir()
	put(t, filepath.Join(twins, "manifest.json"), `{"artifacts": {"A": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "a.json"}},
		"B": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "b.json"}}}}`)
	for _, name := range []string{"a.json", "b.json"} {
		put(t, filepath.Join(twins, name), `{"Resources": {"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "WEBSOCKET"}}}}`)
	}
	for _, tt := range []struct{ name, path, want string }{
		{"a missing file", filepath.Join(dir, "none.yaml"), "none.yaml: no such template: name one with -template FILE"},
		{"a folder that CDK did not write", dir, dir + ": no template in this folder: name one with -template FILE; localdev looks for template.yaml, "},
		{"a cdk.out with two stacks of one kind", twins, "two templates in it have a resource Api: name one of " + filepath.Join(twins, "a.json")},
		{"a file larger than CloudFormation takes", big, "larger than 1 MB"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := template.Load(tt.path, template.Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("got %v, want one line with %q", err, tt.want)
			}
		})
	}
}

// One CDK assembly may hold others, one for each Stage construct.
func TestLoadNestedAssembly(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "cdk.out")
	put(t, filepath.Join(dir, "manifest.json"), `{"artifacts": {"assembly-Prod": {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Prod"}}}}`)
	put(t, filepath.Join(dir, "assembly-Prod", "manifest.json"), `{"artifacts": {"S": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "S.template.json"}}}}`)
	put(t, filepath.Join(dir, "assembly-Prod", "S.template.json"), `{"Resources": {
		"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "n", "ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "x"}},
		"Stage": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"ApiId": {"Ref": "Api"}, "StageName": "s", "AutoDeploy": true}}}}`)
	stack, err := template.Load(dir, template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(stack.APIs) != 1 || stack.APIs[0].Stage != "s" {
		t.Errorf("got %+v, want the one API of the nested assembly", stack.APIs)
	}
}

// The Serverless Framework names in S3 what it puts beside the template.
func TestLoadZipBesideTheTemplate(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), ".serverless")
	put(t, filepath.Join(dir, "cloudformation-template-update-stack.json"), `{"Resources": {
		"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "x"}},
		"Stage": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"ApiId": {"Ref": "Api"}, "StageName": "s", "AutoDeploy": true}},
		"F": {"Type": "AWS::Lambda::Function", "Properties": {"Runtime": "nodejs22.x", "Handler": "a.b",
			"Code": {"S3Bucket": {"Ref": "Bucket"}, "S3Key": "serverless/chat/dev/1700000000000-2023/chat.zip"}}},
		"Bucket": {"Type": "AWS::S3::Bucket"}}}`)
	archive := filepath.Join(dir, "chat.zip")
	file, err := os.Create(archive)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := zip.NewWriter(file).Close(); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Dir(dir), dir} {
		stack, err := template.Load(path, template.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if f := stack.Functions[0]; f.Zip != archive || f.Broken != "" {
			t.Errorf("%s: got zip %q and fault %q, want %s", path, f.Zip, f.Broken, archive)
		}
	}
}

func TestArchiveThatIsNotThereIsCalledAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "template.yaml"), `{"Transform": "AWS::Serverless-2016-10-31", "Resources": {
		"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "WEBSOCKET", "RouteSelectionExpression": "x"}},
		"Stage": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"ApiId": {"Ref": "Api"}, "StageName": "s", "AutoDeploy": true}},
		"F": {"Type": "AWS::Serverless::Function", "Properties": {"Runtime": "nodejs22.x", "Handler": "a.b", "CodeUri": "fn.zip"}}}}`)
	stack, err := template.Load(filepath.Join(dir, "template.yaml"), template.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := stack.Functions[0].Broken; got != "no file fn.zip: build it, then start localdev again" {
		t.Errorf("got %q", got)
	}
}

// A folder without a template says what to do with what is there.
func TestLoadOfAFolderWithoutATemplate(t *testing.T) {
	t.Parallel()
	const api = "Resources: {Api: {Type: AWS::Serverless::WebSocketApi}}"
	for _, tt := range []struct{ name, file, text, want string }{
		{"the Serverless Framework's", "serverless.yml", api, "there is a file of the Serverless Framework: run serverless package"},
		{"a CDK app", "cdk.json", "{}", "there is a CDK app: run cdk synth, which writes its templates, then localdev -template cdk.out"},
		{"a CDK app without stacks", "cdk.out/manifest.json", "{}", "there is a cdk.out without a stack: run cdk synth"},
		{"Terraform's", "main.tf", "", "there are files of Terraform, which localdev does not read"},
		{"SST's", "sst.config.ts", "", "there is an app of SST, which localdev does not read"},
		{"Architect's", "app.arc", "", "there is an app of Architect, which localdev does not read"},
		{"a template of another name", "app.yaml", api, "app.yaml: name it with -template"},
		{"one of CloudFormation", "app.json", `{"Resources": {"Api": {"Type": "AWS::ApiGatewayV2::Api", "ProtocolType": "WEBSOCKET"}}}`, "app.json: name it"},
		{"one of something else", "app.yml", "Resources: {}", "name one with -template FILE"},
		{"a template one folder below", "infra/template.yml", "", "infra/template.yml"},
		{"a CDK app one folder below", "infra/cdk.json", "{}", "in infra there is a CDK app"},
		{"nothing", "README.md", "", "name one with -template FILE"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			put(t, filepath.Join(dir, filepath.FromSlash(tt.file)), tt.text)
			for _, path := range []string{dir, filepath.Join(dir, "none.yaml")} {
				_, err := template.Load(path, template.Options{})
				if err == nil || !strings.Contains(err.Error(), tt.want) || len(err.Error())-len(dir)*2 > 250 {
					t.Errorf("%s: got %v, want %q, and little more", path, err, tt.want)
				}
			}
		})
	}
	own := filepath.Join(t.TempDir(), "serverless.ts")
	put(t, own, "export default {}")
	if _, err := template.Load(own, template.Options{}); err == nil || !strings.Contains(err.Error(), "the Serverless Framework's own: run serverless package") {
		t.Errorf("got %v", err)
	}
}

func TestExportsThatImportEachOther(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	put(t, filepath.Join(dir, "manifest.json"), `{"artifacts": {"A": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "a.json"}},
		"B": {"type": "aws:cloudformation:stack", "properties": {"templateFile": "b.json"}}}}`)
	put(t, filepath.Join(dir, "a.json"), `{"Resources": {"Api": {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"ProtocolType": "WEBSOCKET",
		"RouteSelectionExpression": {"Fn::ImportValue": "b"}}}}, "Outputs": {"A": {"Value": {"Fn::ImportValue": "b"}, "Export": {"Name": "a"}}}}`)
	put(t, filepath.Join(dir, "b.json"), `{"Resources": {"T": {"Type": "AWS::SNS::Topic"}},
		"Outputs": {"B": {"Value": {"Fn::ImportValue": "a"}, "Export": {"Name": "b"}}}}`)
	_, err := template.Load(dir, template.Options{})
	if err == nil || !strings.HasPrefix(err.Error(), filepath.Join(dir, "b.json")+":2:") || !strings.Contains(err.Error(), "output B depends on itself") {
		t.Errorf("got %v", err)
	}
}

func TestIDsAreStable(t *testing.T) {
	t.Parallel()
	load := func(stackName string) template.API {
		t.Helper()
		stack, err := template.LoadBytes([]byte(sample), "/nowhere/template.yaml", template.Options{Region: "us-east-1", StackName: stackName})
		if err != nil {
			t.Fatal(err)
		}
		return stack.APIs[0]
	}
	a, b, other := load("one"), load("one"), load("two")
	if a.ID != b.ID {
		t.Errorf("got %s and %s for the same stack", a.ID, b.ID)
	}
	if a.ID == other.ID {
		t.Errorf("got %s for both stacks", a.ID)
	}
	if len(a.ID) != 10 || strings.Trim(a.ID, "abcdefghijklmnopqrstuvwxyz0123456789") != "" {
		t.Errorf("got %q, want 10 lower-case letters and digits", a.ID)
	}
}

// A function that writes its aliases out doubles with each level: a few lines ask for more than any
// machine has.
func TestMultiplyingTemplatesAreRefused(t *testing.T) {
	t.Parallel()
	var aliases, text strings.Builder
	aliases.WriteString("Resources:\n  A:\n    Type: AWS::SNS::Topic\n    Metadata:\n      L0: &l0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := range 12 {
		n, m := string(rune('0'+i%10)), string(rune('0'+(i+1)%10))
		aliases.WriteString("      M" + string(rune('a'+i)) + ": &l" + m + " [*l" + n + strings.Repeat(", *l"+n, 9) + "]\n")
	}
	aliases.WriteString("    Properties: {Name: *l2}\n")
	text.WriteString("Resources:\n  F:\n    Type: AWS::Serverless::Function\n    Properties:\n      Environment: {Variables: {X: ")
	for range 60 {
		text.WriteString("!Sub ['${a}${a}', {a: ")
	}
	text.WriteString("ten bytes!")
	text.WriteString(strings.Repeat("}]", 60) + "}}\n")
	loops := "Resources:\n  Fn::ForEach::L: [X, [" + strings.Repeat("a, ", 400) + "a], {'${X}&{X}': {Type: AWS::SNS::Topic, Properties: {TopicName: '" +
		strings.Repeat("long", 5000) + "${X}'}}}]\n"
	for _, tt := range []struct{ name, text, want string }{
		{"strings of loops", loops, "loops multiply this string"},
		{"aliases of aliases", aliases.String(), "too much to evaluate"},
		{"strings of strings", text.String(), "a string of more than"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := template.LoadBytes([]byte(tt.text), "/nowhere/template.yaml", template.Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

const sample = `
Resources:
  Api:
    Type: AWS::ApiGatewayV2::Api
    Properties: {Name: n, ProtocolType: WEBSOCKET, RouteSelectionExpression: x}
  Stage:
    Type: AWS::ApiGatewayV2::Stage
    Properties: {ApiId: !Ref Api, StageName: s, AutoDeploy: true}
`

func BenchmarkLoad(b *testing.B) {
	c := cases(b, "stacks")
	for _, c := range c {
		if c.name != "sam-websocket-api" {
			continue
		}
		file := filepath.Join(c.extract(b), "template.yaml")
		for b.Loop() {
			if _, err := template.Load(file, template.Options{}); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// Load reads what people write by hand: it must answer every text, and soon.
func FuzzLoad(f *testing.F) {
	for _, folder := range []string{"stacks", "errors"} {
		for _, c := range cases(f, folder) {
			for _, file := range c.archive.Files {
				if ext := filepath.Ext(file.Name); ext == ".yaml" || ext == ".json" {
					f.Add(file.Data)
				}
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		started := time.Now()
		stack, err := template.LoadBytes(data, "/nowhere/template.yaml", template.Options{})
		if took := time.Since(started); took > time.Minute {
			t.Errorf("took %s", took)
		}
		if err != nil {
			return
		}
		for _, table := range stack.Tables {
			if !json.Valid(table.Create) {
				t.Errorf("table %s: not JSON: %s", table.LogicalID, table.Create)
			}
		}
		for _, fn := range stack.Functions {
			ways := 0
			if fn.Broken != "" {
				fn.Zip = "" // -exec may run what is in it
			}
			for _, way := range []string{fn.Package, fn.Binary, fn.Zip, fn.Broken} {
				if way != "" {
					ways++
				}
			}
			if ways != 1 {
				t.Errorf("function %s has package %q, binary %q, zip %q and fault %q, want one of them",
					fn.LogicalID, fn.Package, fn.Binary, fn.Zip, fn.Broken)
			}
		}
	})
}

func write(t *testing.T, name, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	put(t, file, text)
	return file
}

func put(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
