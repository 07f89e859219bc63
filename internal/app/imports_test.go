package app_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/parley-rtc/parley/"

// mayImport says which packages of this module, and which of the AWS libraries, a package may import. What is below a
// folder follows the folder's rule. The standard library is free to all; "" allows nothing more than it.
var mayImport = map[string][]string{
	"functions": {
		"internal/app", "internal/gateway", "internal/runtimeapi", "internal/signaling",
		"functions/message/whiteboard", "functions/rule", "functions/servers", "internal/socketio/server",
	},
	"functions/message/whiteboard": {"internal/signaling"},
	"functions/servers/lounge":     {"internal/socketio/server"},
	"internal/admission": {
		"internal/signaling", "github.com/golang-jwt/jwt/v5", "github.com/MicahParks/keyfunc/v3",
		"github.com/MicahParks/jwkset",
	},
	"internal/app": {"internal/", "github.com/aws/aws-sdk-go-v2/"},
	"internal/gateway": {
		"internal/signaling", "internal/rescue", "internal/metrics", "internal/dialect", "internal/jsonscan",
	},
	"internal/dialect": {
		"internal/signaling", "internal/directory", "internal/dialect", "internal/limit", "internal/rescue",
	},
	"internal/dialect/native": {"internal/signaling", "internal/dialect", "internal/jsonscan"},
	"internal/dialect/peerjs": {
		"internal/signaling", "internal/directory", "internal/dialect", "internal/limit", "internal/rescue",
		"internal/jsonscan",
	},
	"internal/dialect/ywebrtc": {
		"internal/signaling", "internal/directory", "internal/dialect", "internal/limit", "internal/rescue",
		"internal/jsonscan",
	},
	"internal/dialect/socketio": {
		"internal/signaling", "internal/directory", "internal/dialect", "internal/limit", "internal/rescue",
		"internal/seal", "internal/socketio/",
	},
	"internal/socketio":                   {"internal/socketio/"},
	"internal/socketio/recipe/recipefile": {"internal/socketio/", "localdev/yamljson"},
	"internal/dialect/sip": {
		"internal/signaling", "internal/directory", "internal/dialect", "internal/limit", "internal/rescue",
		"internal/seal", "internal/sip",
	},
	"internal/dialect/sip/siptest": {
		"internal/signaling", "internal/directory", "internal/dialect", "internal/seal", "internal/sip",
		"internal/gateway", "internal/admission",
	},
	"internal/sip": {"internal/sip"},
	"internal/store": {
		"internal/signaling", "internal/seal", "internal/metrics", "internal/dynamodb",
		"github.com/aws/aws-sdk-go-v2/aws", "github.com/aws/aws-sdk-go-v2/service/dynamodb/types",
		"github.com/aws/smithy-go", "internal/directory", "internal/dialect/socketio", "internal/dialect/sip",
	},
	"internal/dynamodb": {
		"internal/jsonscan", "github.com/aws/aws-sdk-go-v2/aws",
		"github.com/aws/aws-sdk-go-v2/service/dynamodb/types", "github.com/aws/smithy-go",
	},
	"internal/push": {
		"internal/signaling", "internal/http1", "internal/roots", "internal/sigv4",
		"github.com/aws/aws-sdk-go-v2/aws", "github.com/aws/smithy-go",
	},
	"internal/runtimeapi": {
		"internal/deadline", "internal/http1", "github.com/aws/aws-lambda-go/lambda",
	},
	"internal/metrics":                 {"internal/signaling"},
	"internal/signaling":               {"internal/seal", "internal/limit", "internal/rescue", "internal/deadline"},
	"internal/directory":               {"internal/signaling", "internal/rescue"},
	"internal/directory/directorytest": {"internal/directory", "internal/signaling"},
	"internal/seal":                    {"internal/rescue"},
	"internal/limit":                   {},
	"internal/jsonscan":                {},
	"internal/jsonlog":                 {},
	"internal/deadline":                {},
	"internal/ice":                     {},
	"internal/rescue":                  {},
	"internal/transport":               {},
	"internal/http1":                   {},
	"internal/roots":                   {},
	"internal/sigv4":                   {},
	"internal/signaling/signalingtest": {"internal/signaling", "internal/seal"},
	"cmd/parley": {
		"cmd/parley/internal/", "client/go/wire", "internal/socketio/", "internal/sip/digest", "localdev/rates",
		"github.com/spf13/cobra", "github.com/coder/websocket", "github.com/golang-jwt/jwt/v5", "github.com/pion/",
		"github.com/aws/aws-sdk-go-v2/",
	},
	"client/go":      {"client/go/wire"},
	"client/go/wire": {"github.com/coder/websocket"},
	"infra": {
		"infra", "internal/ice", "internal/sip/digest", "internal/socketio/recipe", "github.com/aws/aws-cdk-go/",
		"github.com/aws/constructs-go/", "github.com/aws/jsii-runtime-go",
	},
	"localdev": {"localdev/", "github.com/", "go.yaml.in/", "golang.org/x/"},
}

func TestImportsFollowTheLayout(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", module+"...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var pkg struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&pkg); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		path := strings.TrimPrefix(pkg.ImportPath, module)
		allowed, ok := rule(path)
		if !ok {
			continue
		}
		seen++
		for _, imported := range pkg.Imports {
			local, ours := strings.CutPrefix(imported, module)
			if !strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") {
				continue // the standard library
			}
			other := dialectOf(local)
			if other != "" && other != dialectOf(path) && strings.HasPrefix(path, "internal/dialect") {
				t.Errorf("%s imports the dialect %s: they know nothing of each other", path, other)
			}
			if !slices.ContainsFunc(allowed, func(a string) bool {
				return strings.HasPrefix(local, a) && (ours || strings.Contains(a, "."))
			}) {
				t.Errorf("%s imports %s, which its place does not allow", path, imported)
			}
		}
	}
	if seen < len(mayImport) {
		t.Fatalf("only %d packages have a rule", seen)
	}
}

// dialectOf is the name of the dialect's folder that a package is in, "" if it is in none.
func dialectOf(path string) string {
	below, ok := strings.CutPrefix(path, "internal/dialect/")
	if !ok {
		return ""
	}
	name, _, _ := strings.Cut(below, "/")
	return name
}

// rule returns the rule of the longest folder that holds the package.
func rule(path string) (allowed []string, ok bool) {
	for folder := path; folder != ""; {
		if allowed, ok = mayImport[folder]; ok {
			return allowed, true
		}
		folder = folder[:max(strings.LastIndex(folder, "/"), 0)]
	}
	return nil, false
}

// Each of these makes something large ready whenever a program that links it starts.
func TestFunctionsStartWithoutWhatTakesLong(t *testing.T) {
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", module+"functions/...").Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := strings.Fields(string(out))
	if !slices.Contains(deps, module+"internal/dynamodb") {
		t.Fatalf("the functions need only %d packages", len(deps))
	}
	for _, pkg := range deps {
		// Those of DynamoDB, since v1.69.0.
		schemas := strings.HasPrefix(pkg, "github.com/aws/") && strings.HasSuffix(pkg, "/schemas")
		client := strings.HasPrefix(pkg, "github.com/aws/aws-sdk-go-v2/service/") && !strings.HasSuffix(pkg, "/types")
		if schemas || client || strings.HasPrefix(pkg, "go.yaml.in/") {
			t.Errorf("the functions link %s: see docs/architecture.md, How a function starts", pkg)
		}
	}
}
