package lambda

import (
	"slices"
	"testing"
)

func TestEnvironOfRuntimes(t *testing.T) {
	own := map[string]string{"AWS_EXECUTION_ENV": "mine", "NODE_PATH": "mine"}
	for name, tt := range map[string]struct {
		fn     Function
		want   []string
		absent string
	}{
		"Node.js":                {Function{Runtime: "nodejs22.x"}, []string{"AWS_EXECUTION_ENV=AWS_Lambda_nodejs22.x", "NODE_PATH=/code"}, ""},
		"Python":                 {Function{Runtime: "python3.13"}, []string{"AWS_EXECUTION_ENV=AWS_Lambda_python3.13"}, "NODE_PATH=/code"},
		"one without a language": {Function{Runtime: "provided.al2023", Environment: own}, []string{"NODE_PATH=mine"}, "AWS_EXECUTION_ENV=mine"},
		"a log in JSON": {
			Function{LogFormat: "JSON", LogLevel: "WARN", LogGroup: "/my/group"},
			[]string{"AWS_LAMBDA_LOG_FORMAT=JSON", "AWS_LAMBDA_LOG_LEVEL=WARN", "AWS_LAMBDA_LOG_GROUP_NAME=/my/group"},
			"",
		},
		"a log in JSON, of the default level": {Function{LogFormat: "JSON"}, []string{"AWS_LAMBDA_LOG_LEVEL=INFO"}, ""},
		"a log in text": {
			Function{Name: "f", LogFormat: "Text"},
			[]string{"AWS_LAMBDA_LOG_FORMAT=Text", "AWS_LAMBDA_LOG_GROUP_NAME=/aws/lambda/f"},
			"AWS_LAMBDA_LOG_LEVEL=INFO",
		},
		"values of a function's own": {
			Function{Runtime: "nodejs22.x", Environment: own},
			[]string{"NODE_PATH=mine", "AWS_EXECUTION_ENV=AWS_Lambda_nodejs22.x"},
			"AWS_EXECUTION_ENV=mine",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := environ(tt.fn, "/code", "key", "127.0.0.1:1")
			for _, want := range tt.want {
				if !slices.Contains(got, want) {
					t.Errorf("got %q, want %s", got, want)
				}
			}
			if slices.Contains(got, tt.absent) {
				t.Errorf("got %q, want no %s", got, tt.absent)
			}
		})
	}
}
