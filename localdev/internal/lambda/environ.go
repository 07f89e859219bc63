package lambda

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// environ returns the environment of an instance in that folder, and nothing of localdev's own: Lambda's defaults that a
// function may override, the function's variables, and the reserved ones that it may not.
func environ(fn Function, root, key, runtimeAPI string) []string {
	stream := make([]byte, 16)
	_, _ = rand.Read(stream) // never fails
	env := map[string]string{
		"LANG": "en_US.UTF-8",
		"PATH": "/usr/local/bin:/usr/bin/:/bin:/opt/bin",
		"TZ":   ":UTC",
	}
	if strings.HasPrefix(fn.Runtime, "nodejs") {
		env["NODE_PATH"] = root // require finds modules of the function without a ./ in front
	}
	maps.Copy(env, fn.Environment)
	maps.Copy(env, map[string]string{
		"AWS_ACCESS_KEY_ID":               key,
		"AWS_SECRET_ACCESS_KEY":           secretKey,
		"AWS_SESSION_TOKEN":               "localdev",
		"AWS_REGION":                      fn.Region,
		"AWS_DEFAULT_REGION":              fn.Region,
		"AWS_LAMBDA_FUNCTION_NAME":        fn.Name,
		"AWS_LAMBDA_FUNCTION_VERSION":     "$LATEST",
		"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": strconv.Itoa(fn.MemoryMB),
		"AWS_LAMBDA_INITIALIZATION_TYPE":  "on-demand",
		"AWS_LAMBDA_LOG_GROUP_NAME":       cmp.Or(fn.LogGroup, "/aws/lambda/"+fn.Name),
		"AWS_LAMBDA_LOG_STREAM_NAME":      fmt.Sprintf("%s/[$LATEST]%s", time.Now().UTC().Format("2006/01/02"), hex.EncodeToString(stream)),
		"AWS_LAMBDA_RUNTIME_API":          runtimeAPI,
		"AWS_XRAY_CONTEXT_MISSING":        "LOG_ERROR",
		"AWS_XRAY_DAEMON_ADDRESS":         "127.0.0.1:2000",
		"LAMBDA_TASK_ROOT":                root,
		"LAMBDA_RUNTIME_DIR":              "/var/runtime",
		"_HANDLER":                        fn.Handler,
	})
	if fn.LogFormat != "" {
		env["AWS_LAMBDA_LOG_FORMAT"] = fn.LogFormat
	}
	if fn.LogFormat == "JSON" {
		env["AWS_LAMBDA_LOG_LEVEL"] = cmp.Or(fn.LogLevel, "INFO")
	}
	if delete(env, "AWS_EXECUTION_ENV"); fn.Runtime != "" && !strings.HasPrefix(fn.Runtime, "provided") {
		env["AWS_EXECUTION_ENV"] = "AWS_Lambda_" + fn.Runtime
	}
	list := make([]string, 0, len(env))
	for _, name := range slices.Sorted(maps.Keys(env)) {
		list = append(list, name+"="+env[name])
	}
	return list
}
