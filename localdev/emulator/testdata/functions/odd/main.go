// Command odd fails in every way that a function can, as its events say. It speaks the Runtime API by hand, since no
// library would do such things.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// order is a message, or the parameter "order" of a handshake.
type order struct {
	Answer string          `json:"answer"` // as it is
	Error  json.RawMessage `json:"error"`  // for the Runtime API
	Size   int             `json:"size"`   // of the answer, in bytes
	Body   int             `json:"body"`   // its body's
	Exit   int             `json:"exit"`   // status
	Ms     int             `json:"ms"`     // to sleep
}

type event struct {
	Body    string            `json:"body"`
	Query   map[string]string `json:"queryStringParameters"`
	Context struct {
		Reason string `json:"disconnectReason"`
	} `json:"requestContext"`
}

func main() {
	api := "http://" + os.Getenv("AWS_LAMBDA_RUNTIME_API") + "/2018-06-01/runtime/"
	switch os.Getenv("INIT") {
	case "exit":
		fmt.Println("cannot start")
		os.Exit(7)
	case "import":
		post(api+"init/error", `{"errorMessage":"Cannot find module 'none'","errorType":"Runtime.ImportModuleError"}`)
		os.Exit(1)
	}
	for {
		resp, err := http.Get(api + "invocation/next")
		if err != nil {
			os.Exit(1)
		}
		var e event
		if err := json.NewDecoder(resp.Body).Decode(&e); err != nil {
			os.Exit(1)
		}
		resp.Body.Close()
		handle(e, api+"invocation/"+resp.Header.Get("Lambda-Runtime-Aws-Request-Id"))
	}
}

func handle(e event, api string) {
	o := order{Answer: `{"statusCode":200,"body":"fine"}`}
	for _, text := range []string{e.Query["order"], e.Body, e.Context.Reason} {
		if text != "" {
			_ = json.Unmarshal([]byte(text), &o) // anything else is an order for nothing odd
		}
	}
	time.Sleep(time.Duration(o.Ms) * time.Millisecond)
	switch {
	case o.Exit != 0:
		os.Exit(o.Exit)
	case o.Error != nil:
		post(api+"/error", string(o.Error))
	case o.Body != 0:
		post(api+"/response", `{"statusCode":200,"body":"`+strings.Repeat("x", o.Body)+`"}`)
	case o.Size != 0:
		post(api+"/response", `"`+strings.Repeat("x", o.Size-2)+`"`)
	default:
		post(api+"/response", o.Answer)
	}
}

func post(url, body string) {
	resp, err := http.Post(url, "application/json", bytes.NewReader([]byte(body)))
	if err != nil {
		os.Exit(1)
	}
	_, _ = io.Copy(io.Discard, resp.Body)
	resp.Body.Close()
}
